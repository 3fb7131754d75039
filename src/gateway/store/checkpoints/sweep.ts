import type {Database} from '../sqlite/database.js'

/** Checkpoints and contents of one transaction. */
const SLICE = 64

export function sizeOf(db: Database): number {
  return db.get<{bytes: number}>('SELECT coalesce(sum(bytes), 0) AS bytes FROM checkpoint_contents')?.bytes ?? 0
}

/** See {@link CheckpointStore.sweep}. */
export function* sweep(
  db: Database,
  {before, bytes, unused}: {before: number; bytes: number; unused: number},
  remove: (name: string) => void,
): Generator<void> {
  for (;;) {
    const swept = db.write(() =>
      db.run(
        `DELETE FROM checkpoints WHERE id IN
           (SELECT id FROM checkpoints WHERE created_at < ? AND pending = 0 ORDER BY created_at LIMIT ${SLICE})`,
        before,
      ),
    )
    if (swept === 0) break
    yield
  }
  yield* removeContents(db, unused, remove)
  // One by one: the next may need the same contents.
  while (sizeOf(db) > bytes) {
    const oldest = db.write(() =>
      db.run(
        `DELETE FROM checkpoints WHERE id =
           (SELECT id FROM checkpoints WHERE pending = 0 AND created_at < ? ORDER BY created_at, id LIMIT 1)`,
        unused,
      ),
    )
    yield
    const removed = yield* removeContents(db, unused, remove)
    if (oldest === 0 && removed === 0) break
  }
  if (sizeOf(db) <= bytes) return
  // Looks at large workspaces: the next command makes another one.
  const looks = db.write(() => db.run('DELETE FROM checkpoint_looks WHERE at < ? AND turn_id IS NULL', unused))
  if (looks > 0) yield* removeContents(db, unused, remove)
}

/** With the write lock, so that nobody uses one of them meanwhile. Returns how many. */
function* removeContents(db: Database, unused: number, remove: (name: string) => void): Generator<void, number> {
  let removed = 0
  for (;;) {
    const names = db.write(() => {
      const names = db.all<{name: string}>(
        `SELECT name FROM checkpoint_contents c WHERE used_at < ?
           AND NOT EXISTS (SELECT 1 FROM checkpoint_files f WHERE f.content = c.name)
           AND NOT EXISTS (SELECT 1 FROM checkpoint_kept k WHERE k.content = c.name) LIMIT ${SLICE}`,
        unused,
      )
      for (const {name} of names) {
        remove(name)
        db.run('DELETE FROM checkpoint_contents WHERE name = ?', name)
      }
      return names
    })
    removed += names.length
    if (names.length < SLICE) return removed
    yield
  }
}
