import {entriesOf, type RunningTurn} from '../journal/in-flight.js'
import type {StoreParts} from '../parts.js'
import type {Database} from '../sqlite/database.js'
import {StoredJson} from './stored-json.js'

/** Names of the files that a session's messages have their large values and images in. */
export function filesOfSession(db: Database, key: string): string[] {
  const rows = db.all<{file: string}>(
    `SELECT args_file AS file FROM messages WHERE session_key = ? AND args_file IS NOT NULL
     UNION SELECT result_file FROM messages WHERE session_key = ? AND result_file IS NOT NULL
     UNION SELECT i.file FROM prompt_images i JOIN turns t ON t.id = i.turn_id WHERE t.session_key = ?
     UNION SELECT i.original FROM prompt_images i JOIN turns t ON t.id = i.turn_id
       WHERE t.session_key = ? AND i.original IS NOT NULL
     UNION SELECT file FROM attached_images WHERE session_key = ?`,
    key,
    key,
    key,
    key,
    key,
  )
  return rows.map(({file}) => file)
}

/**
 * Removes those of the files that no message has its value in, and nothing in flight. With the write lock, so that no
 * other process stores one of them meanwhile. What can't be removed stays.
 */
export function removeUnused(parts: StoreParts, files: readonly string[]): void {
  if (files.length === 0) return
  const {db, contents} = parts
  try {
    db.write(() => {
      const flying = filesInFlight(parts)
      for (const file of files) if (!flying.has(file) && !isUsed(db, file)) contents.remove(file)
    })
  } catch {}
}

function isUsed(db: Database, file: string): boolean {
  const used = `SELECT 1 FROM messages WHERE args_file = ? UNION ALL SELECT 1 FROM messages WHERE result_file = ?
    UNION ALL SELECT 1 FROM prompt_images WHERE file = ?
    UNION ALL SELECT 1 FROM prompt_images WHERE original = ?
    UNION ALL SELECT 1 FROM attached_images WHERE file = ? LIMIT 1`
  return db.get(used, file, file, file, file, file) !== undefined
}

function filesInFlight(parts: StoreParts): Set<string> {
  const turns = parts.db
    .all<{id: number; session_key: string; journal: string | null}>(
      `SELECT id, session_key, journal FROM turns WHERE status = 'running'`,
    )
    .map(({id, session_key, journal}): RunningTurn => ({id, sessionKey: session_key, journal}))
  const files = new Set<string>()
  for (const turn of turns) {
    for (const {entry} of entriesOf(parts, turn)) {
      if (entry.kind === 'tool-end' && entry.result instanceof StoredJson && entry.result.file)
        files.add(entry.result.file)
    }
  }
  return files
}
