import {rmSync} from 'node:fs'
import path from 'node:path'
import {homeFiles} from '../../../platform.js'
import type {Database} from '../sqlite/database.js'

/** A content that was used so lately may be about to be named, milliseconds. */
export const UNUSED_MS = 600_000

/** Where the content of that name is in a folder of contents. */
export function contentFile(folder: string, name: string): string {
  return path.join(folder, name.slice(0, 2), name.slice(2))
}

/** Names of the contents that a session's checkpoints need. */
export function contentsOfSession(db: Database, key: string): string[] {
  const rows = db.all<{content: string}>(
    `SELECT f.content FROM checkpoint_files f JOIN checkpoints c ON c.id = f.checkpoint_id
      WHERE c.session_key = ?1 AND f.content IS NOT NULL
     UNION SELECT content FROM checkpoint_kept WHERE session_key = ?1`,
    key,
  )
  return rows.map(({content}) => content)
}

/** Removes those that nobody needs any more; what was used just now goes with the next sweep. Never throws. */
export function removeContents(db: Database, names: readonly string[], now: number): void {
  if (names.length === 0) return
  const folder = homeFiles(path.dirname(db.path)).checkpoints
  try {
    db.write(() => {
      for (const name of names) {
        const gone = db.run(
          `DELETE FROM checkpoint_contents WHERE name = ?1 AND used_at < ?2
             AND NOT EXISTS (SELECT 1 FROM checkpoint_files WHERE content = ?1)
             AND NOT EXISTS (SELECT 1 FROM checkpoint_kept WHERE content = ?1)`,
          name,
          now - UNUSED_MS,
        )
        if (gone > 0) rmSync(contentFile(folder, name), {force: true})
      }
    })
  } catch {}
}
