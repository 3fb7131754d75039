import type {BigIntStats, Stats} from 'node:fs'
import {readlink, realpath} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import {lstatOf} from '../tools/files/locate.js'
import {openFile, readWhole} from '../tools/files/open-file.js'
import {hashOf} from './contents.js'
import {type FileState, none} from './state.js'

export interface Seen {
  state: FileState
  /** Of a file. */
  bytes?: Buffer
}

export interface Reading {
  /** Files up to this size are read, bytes. */
  maxBytes: number
  /** Why a file is not read; undefined where it may be. */
  withheld: (real: string) => string | undefined
}

/** What stands under a path now; `real` was a path without links but as its last part. Never rejects. */
export async function stateNow(real: string, {maxBytes, withheld}: Reading): Promise<Seen> {
  try {
    const info = await lstatOf(real)
    if (!info || (await isElsewhere(real))) return {state: none}
    const why = withheld(real)
    if (why !== undefined) return {state: {kind: 'uncovered', why, mark: markOf(info)}}
    if (info.isSymbolicLink()) return {state: await linkState(real)}
    const mode = Number(info.mode) & 0o777
    if (info.isDirectory()) return {state: {kind: 'folder', mode}}
    if (!info.isFile())
      return {state: {kind: 'uncovered', why: 'it is neither a file nor a folder', mark: markOf(info)}}
    const opened = await openFile(real)
    try {
      const bytes = await readWhole(opened, maxBytes)
      if (!bytes) return {state: {kind: 'uncovered', why: tooLarge(maxBytes), mark: markOf(info)}}
      return {state: {kind: 'file', mode: opened.mode, hash: await hashOf(bytes), size: bytes.length}, bytes}
    } finally {
      await opened.file.close()
    }
  } catch (error) {
    if (isNoFolder(error)) return {state: none}
    return {state: {kind: 'uncovered', why: `it can't be read: ${messageOf(error)}`, mark: ''}}
  }
}

/** Where a link is in place of a folder of its path by now, what is behind it is something else. */
async function isElsewhere(real: string): Promise<boolean> {
  const folder = path.dirname(real)
  return (await realpath(folder)) !== folder
}

/** A target that is no text can't be kept. */
async function linkState(real: string): Promise<FileState> {
  const target = await readlink(real, {encoding: 'buffer'})
  const text = target.toString('utf8')
  if (Buffer.from(text).equals(target)) return {kind: 'link', target: text}
  return {kind: 'uncovered', why: 'it leads to a name that is not UTF-8', mark: ''}
}

export function tooLarge(maxBytes: number): string {
  return `it is larger than ${Math.round(maxBytes / 1_048_576)} MiB (checkpoints.maxFileMb)`
}

/** By which one that is not read is known again. */
export function markOf({
  mtimeMs,
  ctimeMs,
  ino,
  size,
}: Pick<Stats | BigIntStats, 'mtimeMs' | 'ctimeMs' | 'ino' | 'size'>): string {
  return [mtimeMs, ctimeMs, ino, size].map((value) => Math.floor(Number(value))).join(':')
}

/** A part of its path is a file, or a link that leads in a circle. */
function isNoFolder(error: unknown): boolean {
  return ['ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')
}
