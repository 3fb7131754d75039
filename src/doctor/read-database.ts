import {statSync} from 'node:fs'
import type {DatabaseSync} from 'node:sqlite'
import {pathToFileURL} from 'node:url'
import {loadSqlite} from '../sqlite.js'

/**
 * Opens a database without changing anything in its directory. SQLite makes -wal and -shm files even
 * for reading, unless it is told that nobody writes; that is so when there is no write-ahead log.
 */
export function openForReading(file: string): DatabaseSync {
  const {DatabaseSync} = loadSqlite()
  const log = statSync(`${file}-wal`, {throwIfNoEntry: false})
  const quiet = log === undefined || log.size === 0
  const url = pathToFileURL(file)
  if (quiet) url.searchParams.set('immutable', '1')
  return new DatabaseSync(url, {readOnly: true, timeout: 300})
}
