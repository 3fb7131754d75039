import {chmodSync, closeSync, fstatSync, mkdirSync, openSync, readSync, statSync} from 'node:fs'
import path from 'node:path'
import {errnoOf} from '../../errors.js'
import {isWindows} from '../../platform.js'
import {storeError} from './sqlite-errors.js'

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1')

/**
 * Creates the file, private to its owner, where there is none: SQLite gives its -wal and -shm files
 * the mode of the file beside them. An existing file that is not a SQLite database is refused before
 * SQLite sees it.
 */
export function prepareFile(file: string): void {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    closeSync(openSync(file, 'a', 0o600))
    return
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) throw storeError('io', `The session database ${file} is not a file.`)
    if (stat.size === 0) return
    const head = Buffer.alloc(MAGIC.length)
    readSync(descriptor, head, 0, head.length, 0)
    if (!head.equals(MAGIC)) {
      throw storeError('corrupt', `The session database ${file} is damaged: it does not begin like a SQLite database.`)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Takes read permission of others from files that an earlier program made too open. */
export function makePrivate(file: string): void {
  if (isWindows) return
  for (const name of [file, `${file}-wal`, `${file}-shm`]) {
    const mode = statSync(name, {throwIfNoEntry: false})?.mode
    if (mode !== undefined && (mode & 0o077) !== 0) chmodSync(name, 0o600)
  }
}
