import type {BigIntStats} from 'node:fs'
import {lstat, readlink, realpath} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf} from '../../../errors.js'
import {resolvePath, shownPath} from '../paths.js'

/** Links that are followed one after the other; the system's own limit is the same. */
const MAX_LINKS = 40

/** What a model's path really is. */
export interface Located {
  /** Absolute, every link resolved, those in place of folders too. What does not exist yet is a plain name. */
  path: string
  /** Relative to the working directory where it lies below it, else absolute. */
  shown: string
  kind: 'file' | 'folder' | 'other' | 'missing'
}

/** Where a file is to be written: the deepest folder that exists, which one it is, and what is made below it. */
export interface Place {
  folder: string
  /** {@link identityOf} the folder. */
  folderId: string
  /** Names of folders to be made, outermost first. */
  missing: string[]
  name: string
}

export async function locate(cwd: string, given: string): Promise<Located> {
  const real = await realPathOf(resolvePath(cwd, given), 0)
  const [info, base] = await Promise.all([lstatOf(real), realpath(cwd)])
  return {path: real, shown: shownPath(base, real), kind: info === undefined ? 'missing' : kindOf(info)}
}

/** Of a located file. Throws where a part of the path is no folder. */
export async function placeOf(real: string): Promise<Place> {
  const missing: string[] = []
  for (let folder = path.dirname(real); ; folder = path.dirname(folder)) {
    const info = await lstatOf(folder)
    if (info?.isDirectory()) return {folder, folderId: identityOf(info), missing, name: path.basename(real)}
    if (info) throw new Error(`${folder} is not a folder`)
    missing.unshift(path.basename(folder))
  }
}

/** Which file it is, whatever its name. */
export function identityOf({dev, ino}: {dev: bigint; ino: bigint}): string {
  return `${dev}:${ino}`
}

export async function lstatOf(file: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(file, {bigint: true})
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function kindOf(info: BigIntStats): Exclude<Located['kind'], 'missing'> {
  if (info.isFile()) return 'file'
  return info.isDirectory() ? 'folder' : 'other'
}

/** `realpath`, also of what is not there: a link that leads nowhere is its target's path. */
async function realPathOf(absolute: string, links: number): Promise<string> {
  try {
    return await realpath(absolute)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || path.dirname(absolute) === absolute) throw error
  }
  const folder = await realPathOf(path.dirname(absolute), links)
  const real = path.join(folder, path.basename(absolute))
  const target = await readlink(real).catch(() => undefined)
  if (target === undefined) return real
  if (links >= MAX_LINKS) throw Object.assign(new Error(real), {code: 'ELOOP', path: real})
  return realPathOf(path.resolve(folder, target), links + 1)
}
