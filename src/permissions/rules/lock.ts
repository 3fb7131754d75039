import {closeSync, constants, mkdirSync, openSync} from 'node:fs'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {loadSqlite} from '../../sqlite.js'

/** Others hold it for the time of one small write. */
const WAIT_MS = 5000
const PAUSE_MS = 10
const SQLITE_BUSY = 5

/**
 * Runs `act` while no other process does the same with this lock file. It is SQLite's lock of an empty database: the
 * system takes it back when its holder dies, however it dies, so that none is ever left over to be judged stale.
 * Rejects where it is not had within 5 s.
 */
export async function withLock<T>(file: string, act: () => T): Promise<T> {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
  closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600))
  const {DatabaseSync} = loadSqlite()
  const lock = new DatabaseSync(file)
  try {
    for (const until = performance.now() + WAIT_MS; !tryLock(lock); await setTimeout(PAUSE_MS)) {
      if (performance.now() > until) throw new Error(`another hermes has been holding ${file} for ${WAIT_MS / 1000} s`)
    }
    return act()
  } finally {
    lock.close()
  }
}

function tryLock(lock: {exec(sql: string): void}): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as {errcode?: unknown}).errcode === SQLITE_BUSY) return false
    throw error
  }
}
