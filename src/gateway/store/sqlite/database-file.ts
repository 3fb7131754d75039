import {accessSync, chmodSync, closeSync, constants, mkdirSync, openSync, statSync} from 'node:fs'
import path from 'node:path'
import {errnoOf} from '../../../errors.js'
import {isWindows} from '../../../platform.js'
import {storeError} from './sqlite-errors.js'

/**
 * Creates the file, private to its owner, where there is none: SQLite gives its -wal and -shm files
 * the mode of the file beside them. An existing one is looked at without opening it: to close any
 * descriptor of a file drops the locks that another connection of this process holds on it.
 */
export function prepareFile(file: string): void {
  const directory = path.dirname(file)
  mkdirSync(directory, {recursive: true, mode: 0o700})
  try {
    closeSync(openSync(file, 'ax', 0o600))
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    if (!statSync(file).isFile()) throw storeError('io', `The session database ${file} is not a file.`)
    // SQLite would open a read-only one, and fail at the first prompt.
    accessSync(file, constants.R_OK | constants.W_OK)
    accessSync(directory, constants.W_OK)
  }
}

/** Which file it is, whatever its name; undefined where there is none. */
export function identityOf(file: string): string | undefined {
  const found = statSync(file, {throwIfNoEntry: false})
  return found && `${found.dev}:${found.ino}`
}

/**
 * Refuses a file that was removed or replaced after it was opened: SQLite goes on with it, and nothing of that is
 * there afterwards.
 */
export function refuseRemoved(file: string, opened: string): void {
  const found = identityOf(file)
  if (found === opened) return
  const how = found === undefined ? 'removed' : 'replaced by another file'
  throw storeError('removed', `Nothing is kept: the session database ${file} was ${how} while it was open.`)
}

/** True when a process that died, or one that works on the file now, has a write-ahead log beside it. */
export function hasLog(file: string): boolean {
  return (statSync(`${file}-wal`, {throwIfNoEntry: false})?.size ?? 0) > 0
}

/** Takes read permission of others from files that an earlier program made too open. */
export function makePrivate(file: string): void {
  if (isWindows) return
  for (const name of [file, `${file}-wal`, `${file}-shm`]) {
    const mode = statSync(name, {throwIfNoEntry: false})?.mode
    if (mode !== undefined && (mode & 0o077) !== 0) chmodSync(name, 0o600)
  }
}
