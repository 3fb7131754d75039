import {constants, type Dirent, type Stats} from 'node:fs'
import {lstat, open, opendir} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'

/** Why git is not started unasked, in words for the person. */
export class Doubt extends Error {}

/** More entries than that are not looked through; a folder of packs holds tens. */
const MOST_ENTRIES = 20_000

/** `lstat`, undefined where there is nothing. */
export async function statOf(file: string): Promise<Stats | undefined> {
  try {
    return await lstat(file)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    throw new Doubt(`${file} can't be looked at: ${messageOf(error)}`)
  }
}

/**
 * A file as it is, undefined where there is none. Of a link, a FIFO, a device or more than `limit`
 * bytes nothing is read: it is looked at before and after the open, which waits for nobody.
 */
export async function readRegular(file: string, limit: number): Promise<{bytes: Buffer; stats: Stats} | undefined> {
  const before = await statOf(file)
  if (!before) return undefined
  if (!before.isFile()) throw new Doubt(`${file} is no regular file`)
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (!stats.isFile()) throw new Doubt(`${file} is no regular file`)
    if (stats.size > limit) throw new Doubt(`${file} has ${stats.size} bytes, more than the ${limit} that are read`)
    const bytes = Buffer.alloc(stats.size)
    let length = 0
    while (length < bytes.length) {
      const {bytesRead} = await handle.read(bytes, length, bytes.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return {bytes: bytes.subarray(0, length), stats}
  } catch (error) {
    throw error instanceof Doubt ? error : new Doubt(`${file} can't be read: ${messageOf(error)}`)
  }
}

/** One line of text such as `gitdir: …`; undefined where there is no file. */
export async function readLine(file: string): Promise<string | undefined> {
  const read = await readRegular(file, 8192)
  const text = read?.bytes.toString('utf8').replace(/[\r\n]+$/, '')
  if (text !== undefined && /[\0\r\n]/.test(text)) throw new Doubt(`${file} is not one line`)
  return text
}

/**
 * The entries of a folder, of which each is a file or a folder: a link in git's folder leads its
 * reads out of the workspace (`BISECT_START` is printed by `git status` as it stands), a FIFO stops them.
 */
export async function plainEntries(folder: string): Promise<readonly Dirent[]> {
  const entries: Dirent[] = []
  try {
    for await (const entry of await opendir(folder, {bufferSize: 256})) {
      const known = entry.isFile() || entry.isDirectory() || entry.name === 'fsmonitor--daemon.ipc'
      if (!known) throw new Doubt(`${path.join(folder, entry.name)} is a link or no regular file`)
      entries.push(entry)
      if (entries.length > MOST_ENTRIES) throw new Doubt(`${folder} has more than ${MOST_ENTRIES} entries`)
    }
  } catch (error) {
    throw error instanceof Doubt ? error : new Doubt(`${folder} can't be read: ${messageOf(error)}`)
  }
  return entries
}
