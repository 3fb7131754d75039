import {randomBytes} from 'node:crypto'
import {chmod, lstat, mkdir, readdir, readlink, realpath, rename, rmdir, symlink, unlink} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import {Folder} from '../tools/files/folder.js'
import {placeOf} from '../tools/files/locate.js'
import {openEntry, readWhole} from '../tools/files/open-file.js'
import {versionOf} from '../tools/files/versions.js'
import {type FileBefore, writeApproved} from '../tools/files/write-approved.js'
import {type Contents, hashOf} from './contents.js'
import {type Change, inOrder} from './plan.js'
import type {FileState} from './state.js'

export interface PutBackOutcome {
  /** Paths that are as they were. */
  done: string[]
  /** What is not, and why. */
  failed: {path: string; why: string}[]
}

const changed = 'it was changed meanwhile'

/**
 * Puts files back, one by one, each all or not at all and only where it is still as it was seen. What is in the way goes
 * first, folders last where nothing is left in them. Never rejects.
 */
export async function putBack(
  changes: readonly Change[],
  {contents, maxBytes}: {contents: Contents; maxBytes: number},
): Promise<PutBackOutcome> {
  const failed = new Map<string, string>()
  const {remove, make} = inOrder(changes)
  const attempt = async (file: string, act: () => Promise<void>) => {
    if (failed.has(file)) return
    try {
      await act()
    } catch (error) {
      failed.set(file, reasonOf(error))
    }
  }
  for (const {path: file, now} of remove) await attempt(file, () => removeAt(file, now, maxBytes))
  for (const change of make) await attempt(change.path, () => makeAt(change, contents, maxBytes))
  return {
    done: changes.map(({path: file}) => file).filter((file) => !failed.has(file)),
    failed: [...failed].map(([file, why]) => ({path: file, why})),
  }
}

/** Removes what a process that died in the middle left beside files that it was to put back. Never rejects. */
export async function removeHalves(files: readonly string[]): Promise<void> {
  const names = new Map<string, Set<string>>()
  for (const file of files) {
    const folder = path.dirname(file)
    names.set(folder, (names.get(folder) ?? new Set()).add(path.basename(file).slice(0, 50)))
  }
  for (const [folder, begun] of names) {
    if ((await realpath(folder).catch(() => undefined)) !== folder) continue
    for (const name of await readdir(folder).catch(() => [])) {
      const of = /^\.([\s\S]*)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1]
      if (of !== undefined && begun.has(of)) await unlink(path.join(folder, name)).catch(() => {})
    }
  }
}

function reasonOf(error: unknown): string {
  const code = errnoOf(error)
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return 'there is something else in it'
  if (code === 'ENOSPC') return 'the disk is full'
  return messageOf(error)
}

async function removeAt(file: string, now: FileState, maxBytes: number): Promise<void> {
  await within(file, async (folder, name) => {
    if (now.kind === 'folder') return rmdir(folder.at(name))
    if (now.kind === 'link') {
      if ((await readlink(folder.at(name))) !== now.target) throw new Error(changed)
    } else await before(folder.at(name), now, maxBytes)
    await unlink(folder.at(name))
    await folder.sync()
  })
}

async function makeAt({path: file, now, wanted}: Change, contents: Contents, maxBytes: number): Promise<void> {
  if (wanted.kind === 'folder') {
    if (now.kind === 'folder') return
    return within(file, async (folder, name) => {
      await mkdir(folder.at(name)).catch((error: unknown) => {
        if (errnoOf(error) !== 'EEXIST') throw error
      })
      if ((await lstat(folder.at(name))).isDirectory()) await chmod(folder.at(name), wanted.mode | 0o300)
      else throw new Error(changed)
    })
  }
  if (wanted.kind === 'link') return within(file, (folder, name) => makeLink(folder, name, wanted.target, now))
  if (wanted.kind !== 'file') throw new Error('nothing of it is kept')
  const content = await contents.read(wanted.hash)
  if (!content) throw new Error('what it was is not kept any more')
  const place = await placeOf(file)
  const replaced = now.kind === 'file' ? await before(file, now, maxBytes) : undefined
  await writeApproved(place, replaced && {...replaced, mode: wanted.mode}, content, wanted.mode)
}

async function makeLink(folder: Folder, name: string, target: string, now: FileState): Promise<void> {
  if (now.kind === 'link' && (await readlink(folder.at(name))) !== now.target) throw new Error(changed)
  if (now.kind !== 'link') {
    await symlink(target, folder.at(name))
    return folder.sync()
  }
  const half = folder.at(`.${name.slice(0, 50)}.${randomBytes(6).toString('hex')}.tmp`)
  await symlink(target, half)
  try {
    await rename(half, folder.at(name))
  } catch (error) {
    await unlink(half).catch(() => {})
    throw error
  }
  await folder.sync()
}

/** The file that is to be replaced or removed, if it still is what was seen. */
async function before(name: string, now: FileState, maxBytes: number): Promise<FileBefore> {
  const opened = await openEntry(name)
  try {
    const bytes = await readWhole(opened, maxBytes)
    if (now.kind !== 'file' || !bytes || (await hashOf(bytes)) !== now.hash) throw new Error(changed)
    const {id, mode, uid, gid} = opened
    return {id, mode, uid, gid, version: await versionOf(bytes)}
  } finally {
    await opened.file.close()
  }
}

/** In the folder that really has this path; folders that are not there are made. */
async function within(file: string, act: (folder: Folder, name: string) => Promise<void>): Promise<void> {
  const place = await placeOf(file)
  let folder = await Folder.open(place.folder, place.folderId)
  try {
    for (const name of place.missing) {
      const inner = await folder.makeFolder(name)
      await folder.close()
      folder = inner
    }
    await folder.assertThere()
    await act(folder, path.basename(file))
  } finally {
    await folder.close()
  }
}
