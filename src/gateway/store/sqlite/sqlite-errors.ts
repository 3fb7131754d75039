import {accessSync, constants, existsSync, statfsSync} from 'node:fs'
import path from 'node:path'
import {errnoOf, exitCodes, HermesError, messageOf} from '../../../errors.js'

export type StoreProblem = 'locked' | 'read-only' | 'full' | 'corrupt' | 'newer' | 'removed' | 'io'

const remedies: Record<StoreProblem, readonly string[]> = {
  locked: [
    'Close the other program that uses this file, or wait until it is done.',
    'To use a separate database, set HERMES_HOME to another directory.',
  ],
  'read-only': [
    'Give yourself permission to write the file and its directory.',
    'To use a separate database, set HERMES_HOME to a directory that you can write.',
  ],
  full: ['Free some space on that disk (or raise your quota), then try again.', 'Set HERMES_HOME to another disk.'],
  corrupt: [
    'Restore the file from a backup, or move it away to start with an empty database. It was not changed.',
    'If it is damaged, `hermes doctor` prints the commands that save what can be read.',
  ],
  newer: ['Update hermes.', 'To go on with this version, set HERMES_HOME to another directory.'],
  removed: [
    'Leave, and start hermes again: it makes a new one. What is on the screen is in no file.',
    'Look for who removed it: a clean-up of temporary files, another program.',
  ],
  io: ['Check the disk and its mount, then try again.'],
}

/** No permission helps where the whole file system can't be written. */
const ofReadOnlyMount = [
  'The file system is mounted read-only: mount it writable, or look into the kernel log for why it is not.',
  'To use a separate database, set HERMES_HOME to a directory that you can write.',
]

/** A failure of the store, for a person: what was found at which path, and the remedy. */
export function storeError(
  problem: StoreProblem,
  message: string,
  cause?: unknown,
  suggestions = remedies[problem],
): HermesError {
  return new HermesError(message, {code: `store/${problem}`, exit: exitCodes.store, suggestions, cause})
}

/** Primary result codes of SQLite; the extended code carries them in its low byte. */
const sqlite = {
  ERROR: 1,
  CONSTRAINT: 19,
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOTADB: 26,
} as const

function codeOf(error: unknown): number | undefined {
  const code = (error as {errcode?: unknown} | null | undefined)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** SQL or a value was refused; ours fit our schema, so one of them is wrong. */
export function isRefusedSql(error: unknown): boolean {
  const code = codeOf(error)
  // A column that is named otherwise is missing in what was read, and can't be asked for.
  if (errnoOf(error) === 'ERR_INVALID_ARG_TYPE') return true
  return code === sqlite.ERROR || (code === sqlite.CONSTRAINT && !isUniqueViolation(error))
}

/** The search index can't be read; SQLite has no code of its own for it. */
export function isBrokenIndex(error: unknown): boolean {
  return codeOf(error) === sqlite.ERROR && /^invalid fts5 file format/.test(messageOf(error))
}

/** Another connection is in the way; the same call can succeed a moment later. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code === sqlite.BUSY || code === sqlite.LOCKED || code === sqlite.PROTOCOL
}

/** SQLITE_CONSTRAINT_UNIQUE */
export function isUniqueViolation(error: unknown): boolean {
  return (error as {errcode?: unknown} | null | undefined)?.errcode === 2067
}

/**
 * What SQLite or the file system threw, as a HermesError `store/…`. Defects of ours (bad SQL, a
 * violated constraint, a closed database) and HermesErrors come back unchanged.
 */
export function toStoreError(error: unknown, file: string): unknown {
  if (error instanceof HermesError) return error
  const problem = problemOf(error, file)
  if (!problem) return error
  const remedy = problem === 'read-only' && isOnReadOnlyMount(file) ? ofReadOnlyMount : undefined
  return storeError(problem, sentence(problem, file, error), error, remedy)
}

function problemOf(error: unknown, file: string): StoreProblem | undefined {
  switch (codeOf(error)) {
    case sqlite.BUSY:
    case sqlite.LOCKED:
    case sqlite.PROTOCOL:
      return 'locked'
    case sqlite.PERM:
    case sqlite.READONLY:
      return 'read-only'
    case sqlite.FULL:
      return 'full'
    case sqlite.CORRUPT:
    case sqlite.NOTADB:
      return 'corrupt'
    // A full disk shows as an I/O error where SQLite grows its -shm file, and as "cannot open" where it creates one.
    case sqlite.IOERR:
    case sqlite.CANTOPEN:
      return isDiskFull(file) ? 'full' : isWritable(file) ? 'io' : 'read-only'
  }
  switch (errnoOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'read-only'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'full'
    case 'ERR_SQLITE_ERROR':
    case 'ERR_INVALID_STATE':
    case undefined:
      return undefined
    default:
      return /^E[A-Z0-9]+$/.test(errnoOf(error) ?? '') ? 'io' : undefined
  }
}

function sentence(problem: StoreProblem, file: string, error: unknown): string {
  const found = messageOf(error)
  switch (problem) {
    case 'locked':
      return `The session database ${file} is locked by another program (${found}).`
    case 'read-only':
      return `The session database ${file} cannot be written (${found}).`
    case 'full':
      return `The disk that holds the session database ${file} is full (${found}).`
    case 'corrupt':
      return `The session database ${file} is damaged (${found}).`
    default:
      return `The session database ${file} cannot be read or written (${found}).`
  }
}

function isDiskFull(file: string): boolean {
  try {
    return statfsSync(path.dirname(file)).bavail === 0
  } catch {
    return false
  }
}

function isOnReadOnlyMount(file: string): boolean {
  try {
    accessSync(existsSync(file) ? file : path.dirname(file), constants.W_OK)
    return false
  } catch (error) {
    return errnoOf(error) === 'EROFS'
  }
}

function isWritable(file: string): boolean {
  try {
    accessSync(path.dirname(file), constants.W_OK)
    if (existsSync(file)) accessSync(file, constants.W_OK)
    return true
  } catch {
    return false
  }
}
