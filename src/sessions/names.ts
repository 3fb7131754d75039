import {existsSync} from 'node:fs'
import {hermesHome, homeFiles} from '../platform.js'
import {loadSqlite} from '../sqlite.js'

/**
 * Keys and titles of the stored sessions, newest first, for a shell that completes words: 2 ms, without the store. None
 * where the database is not there, or not one that can be read; never throws.
 */
export function sessionNames({env, limit}: {env: NodeJS.ProcessEnv; limit: number}): {key: string; title: string}[] {
  const {database} = homeFiles(hermesHome(env))
  if (!existsSync(database)) return []
  try {
    const {DatabaseSync} = loadSqlite()
    const db = new DatabaseSync(database, {readOnly: true, timeout: 200})
    try {
      const rows = db
        .prepare(
          `SELECT key, coalesce(title, '') AS title FROM sessions WHERE maker IS NULL ORDER BY last_active_at DESC LIMIT ?`,
        )
        .all(limit)
      return rows.map(({key, title}) => ({key: String(key), title: String(title)}))
    } finally {
      db.close()
    }
  } catch {
    return []
  }
}
