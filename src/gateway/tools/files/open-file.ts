import {constants} from 'node:fs'
import {type FileHandle, lstat, open, readlink, realpath} from 'node:fs/promises'
import {errnoOf} from '../../../errors.js'
import {identityOf} from './locate.js'

/** Files up to this size are read whole, compared and edited; of larger ones a part at a time is read. */
export const MAX_WHOLE_BYTES = 20 * 1024 * 1024

const CHUNK_BYTES = 256 * 1024

export interface OpenFile {
  file: FileHandle
  /** {@link identityOf} the file. */
  id: string
  size: number
  /** Permission bits. Those for set-user-id and set-group-id are not among them: who writes to a file loses them. */
  mode: number
  uid: number
  gid: number
}

/**
 * Opens a regular file under its real path, for reading, and makes sure that it is the one that has this
 * path: a link put in its place, or in place of a folder above it, is not followed. Throws in words.
 */
export async function openFile(real: string): Promise<OpenFile> {
  const opened = await openEntry(real)
  try {
    if (!(await isAt(opened, real))) throw new Error('it was replaced while it was opened; try again')
    return opened
  } catch (error) {
    await opened.file.close()
    throw error
  }
}

/** Opens a regular file that is no link itself. Devices and pipes are not even opened: some act on it. */
export async function openEntry(name: string): Promise<OpenFile> {
  const info = await lstat(name)
  if (info.isDirectory()) throw new Error('it is a directory; use list_files')
  if (info.isSymbolicLink()) throw new Error('it is a link by now: it was replaced meanwhile')
  if (!info.isFile()) throw new Error('it is not a regular file')
  // Neither follows a link nor waits for the other end of a pipe that was put there meanwhile.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = await open(name, flags).catch((error: unknown) => {
    if (errnoOf(error) !== 'ELOOP') throw error
    throw new Error('it is a link by now: it was replaced meanwhile')
  })
  try {
    const stat = await file.stat({bigint: true})
    if (!stat.isFile()) throw new Error('it is not a regular file')
    return {
      file,
      id: identityOf(stat),
      size: Number(stat.size),
      mode: Number(stat.mode) & 0o777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** On Linux the system says which path was opened. Elsewhere the path is resolved again, which can be raced. */
async function isAt({file, id}: OpenFile, real: string): Promise<boolean> {
  const opened = await openedPath(file)
  if (opened !== undefined) return opened === real
  return (await realpath(real)) === real && identityOf(await lstat(real, {bigint: true})) === id
}

/** The real path of an open file as the system tells it; undefined where it does not. */
export async function openedPath(file: FileHandle): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  // In a container without /proc there is no such thing.
  return readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined)
}

/** The content; undefined: it is larger than `maxBytes`, whatever its size says. */
export async function readWhole({file}: OpenFile, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of chunksOf(file)) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The content from the beginning, piece by piece. */
export async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const {bytesRead, buffer} = await file.read({buffer: Buffer.allocUnsafe(CHUNK_BYTES), position})
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
