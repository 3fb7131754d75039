import type {DatabaseSync} from 'node:sqlite'
import {loadSqlite} from '../../../sqlite.js'
import {migrations} from './migrations.js'

const schemaQuery = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name, type'

/** Whether the schema differs from what our migrations up to its version make; true where it can't be read. */
export function isDamaged(db: DatabaseSync): boolean {
  const {DatabaseSync} = loadSqlite()
  const fresh = new DatabaseSync(':memory:')
  try {
    const version = Number(Object.values(db.prepare('PRAGMA user_version').get() ?? {})[0])
    for (const migration of migrations.slice(0, version)) fresh.exec(migration)
    return read(db) !== read(fresh)
  } catch {
    return true
  } finally {
    fresh.close()
  }
}

const read = (db: DatabaseSync) => JSON.stringify(db.prepare(schemaQuery).all())
