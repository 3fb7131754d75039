import type {Database, Row} from '../sqlite/database.js'
import {storedText} from '../stored-text.js'
import {sizeOf, sweep} from './sweep.js'
import type {CheckpointRow, CheckpointStore, FileAct, FileRow, PutBack, PutBackEnd} from './types.js'

/** So many characters of what is not covered are kept. */
const MAX_GAPS = 2000

interface CheckpointColumns extends Row {
  id: number
  turn_id: number | null
  prompt_id: string | null
  created_at: number
  gaps: string | null
  target: number | null
  pending: number
}

interface FileColumns extends Row {
  checkpoint_id: number
  path: string
  before: string
  after: string
  prior: string | null
  at: number
}

/** What goes back to before a turn that was taken back is nothing to a model that is not told of that turn. */
const UNTOLD = `c.note IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM checkpoints target JOIN turns t ON t.id = target.turn_id WHERE target.id = c.target AND t.undone = 1)`

export function checkpointStore(db: Database, now: () => number): CheckpointStore {
  return {
    list: (key) => db.read(() => listOf(db, key)),
    files: (key, from) => db.read(() => filesOf(db, key, from)),
    act: (key, turnId, acts, {done}) => db.write(() => act(db, {key, turnId, acts, done, now: now()})),
    settle: (key, turnId, path, after) =>
      db.write(() =>
        db.run(
          `UPDATE checkpoint_files SET after = ?, prior = NULL, at = ? WHERE path = ? AND checkpoint_id =
             (SELECT max(id) FROM checkpoints WHERE session_key = ? AND turn_id = ?)`,
          after,
          now(),
          path,
          key,
          turnId,
        ),
      ),
    addGap: (key, turnId, gap) => db.write(() => addGap(db, checkpointOf(db, key, turnId, now()), gap)),
    wasBy: (path, after, since, key) =>
      db.read(
        () =>
          db.get(
            `SELECT 1 FROM checkpoint_files f JOIN checkpoints c ON c.id = f.checkpoint_id
              WHERE f.path = ? AND f.at >= ? AND f.after = ? AND c.session_key <> ? LIMIT 1`,
            path,
            since,
            after,
            key,
          ) !== undefined,
      ),

    beginPutBack: (key, putBack) => db.write(() => beginPutBack(db, key, putBack, now())),
    endPutBack: (id, end) => db.write(() => endPutBack(db, id, end)),
    pending: (key) =>
      db
        .read(() =>
          db.all<{id: number}>('SELECT id FROM checkpoints WHERE session_key = ? AND pending = 1 ORDER BY id', key),
        )
        .map(({id}) => id),
    lines: (key) =>
      db
        .read(() =>
          db.all<{line: string; after_id: number}>(
            'SELECT line, after_id FROM checkpoints WHERE session_key = ? AND line IS NOT NULL ORDER BY id',
            key,
          ),
        )
        .map(({line: text, after_id: afterId}) => ({text, afterId})),
    notes: (key) =>
      db
        .read(() =>
          db.all<{note: string}>(
            `SELECT c.note FROM checkpoints c WHERE c.session_key = ? AND ${UNTOLD} ORDER BY c.id`,
            key,
          ),
        )
        .map(({note}) => note),
    told: (key) =>
      db.write(() => db.run('UPDATE checkpoints SET note = NULL WHERE session_key = ? AND note IS NOT NULL', key)),

    use: (contents) =>
      db.write(() => {
        for (const {name, bytes} of contents) {
          db.run(
            `INSERT INTO checkpoint_contents(name, bytes, used_at) VALUES (?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at`,
            name,
            bytes,
            now(),
          )
        }
      }),
    size: () => db.read(() => sizeOf(db)),
    sweep: (bounds, remove) => sweep(db, bounds, remove),

    look: (key) => {
      const row = db.read(() =>
        db.get<{turn_id: number | null; at: number}>(
          'SELECT turn_id, at FROM checkpoint_looks WHERE session_key = ?',
          key,
        ),
      )
      return row && {turnId: row.turn_id, at: row.at}
    },
    setLook: (key, contents) => setLook(db, key, contents, now()),
    setCommand: (key, turnId) =>
      db.write(() => db.run('UPDATE checkpoint_looks SET turn_id = ? WHERE session_key = ?', turnId ?? null, key)),
    looks: () =>
      db
        .read(() => db.all<{session_key: string}>('SELECT session_key FROM checkpoint_looks'))
        .map(({session_key: key}) => key),
  }
}

/** Contents of a look that are named in one transaction. */
const NAMED = 1000

/** What the one before it named stays named until this one is whole. */
function* setLook(db: Database, key: string, contents: readonly string[], now: number): Generator<void> {
  db.write(() =>
    db.run(
      `INSERT INTO checkpoint_looks(session_key, at) VALUES (?1, ?2)
       ON CONFLICT (session_key) DO UPDATE SET at = ?2, turn_id = NULL`,
      key,
      now,
    ),
  )
  for (let at = 0; at < contents.length; at += NAMED) {
    db.write(() =>
      db.run(
        `INSERT INTO checkpoint_kept(session_key, content, look_at) SELECT ?1, value, ?2 FROM json_each(?3) WHERE true
         ON CONFLICT (session_key, content) DO UPDATE SET look_at = excluded.look_at`,
        key,
        now,
        JSON.stringify(contents.slice(at, at + NAMED)),
      ),
    )
    yield
  }
  db.write(() => db.run('DELETE FROM checkpoint_kept WHERE session_key = ? AND look_at <> ?', key, now))
}

function listOf(db: Database, key: string): CheckpointRow[] {
  const rows = db.all<CheckpointColumns>(
    `SELECT c.id, c.turn_id, t.prompt_id, c.created_at, c.gaps, c.target, c.pending
       FROM checkpoints c LEFT JOIN turns t ON t.id = c.turn_id WHERE c.session_key = ? ORDER BY c.id`,
    key,
  )
  return rows.map(({turn_id: turnId, prompt_id: promptId, created_at: createdAt, pending, ...row}) => ({
    ...row,
    turnId,
    promptId,
    createdAt,
    pending: pending === 1,
  }))
}

function filesOf(db: Database, key: string, from: number): FileRow[] {
  const rows = db.all<FileColumns>(
    `SELECT f.checkpoint_id, f.path, f.before, f.after, f.prior, f.at
       FROM checkpoint_files f JOIN checkpoints c ON c.id = f.checkpoint_id
      WHERE c.session_key = ? AND c.id >= ? ORDER BY c.id, f.path`,
    key,
    from,
  )
  return rows.map(({checkpoint_id: checkpointId, ...row}) => ({...row, checkpointId}))
}

/** The checkpoint that acts of a turn are added to: the newest of the session, where it is of that turn. */
function checkpointOf(db: Database, key: string, turnId: number, now: number): number {
  const newest = db.get<{id: number; turn_id: number | null}>(
    'SELECT id, turn_id FROM checkpoints WHERE session_key = ? ORDER BY id DESC LIMIT 1',
    key,
  )
  if (newest?.turn_id === turnId) return newest.id
  return db.insert('INSERT INTO checkpoints(session_key, turn_id, created_at) VALUES (?, ?, ?)', key, turnId, now)
}

function act(
  db: Database,
  {key, turnId, acts, done, now}: {key: string; turnId: number; acts: readonly FileAct[]; done: boolean; now: number},
): void {
  if (acts.length === 0) return
  const id = checkpointOf(db, key, turnId, now)
  for (const {path, before, after, content} of acts) {
    db.run(
      `INSERT INTO checkpoint_files(checkpoint_id, path, before, after, prior, content, at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (checkpoint_id, path) DO UPDATE SET after = excluded.after, prior = excluded.prior, at = excluded.at`,
      id,
      path,
      before,
      after,
      done ? null : before,
      content,
      now,
    )
  }
}

function addGap(db: Database, id: number, gap: string): void {
  const {gaps} = db.get<{gaps: string | null}>('SELECT gaps FROM checkpoints WHERE id = ?', id) ?? {gaps: null}
  const lines = new Set([...(gaps?.split('\n') ?? []), ...storedText(gap).split('\n')])
  db.run('UPDATE checkpoints SET gaps = ? WHERE id = ?', [...lines].join('\n').slice(0, MAX_GAPS), id)
}

function beginPutBack(db: Database, key: string, {target, acts}: PutBack, now: number): number {
  const id = db.insert(
    'INSERT INTO checkpoints(session_key, created_at, target, pending) VALUES (?, ?, ?, 1)',
    key,
    now,
    target,
  )
  for (const {path, before, after, content} of acts) {
    db.run(
      `INSERT INTO checkpoint_files(checkpoint_id, path, before, after, prior, content, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      id,
      path,
      before,
      after,
      before,
      content,
      now,
    )
  }
  return id
}

function endPutBack(db: Database, id: number, {line, note, left}: PutBackEnd): void {
  for (const path of left) db.run('DELETE FROM checkpoint_files WHERE checkpoint_id = ? AND path = ?', id, path)
  db.run('UPDATE checkpoint_files SET prior = NULL WHERE checkpoint_id = ?', id)
  db.run(
    `UPDATE checkpoints SET pending = 0, line = ?, note = ?,
       target = iif(EXISTS (SELECT 1 FROM checkpoint_files f WHERE f.checkpoint_id = checkpoints.id), target, NULL),
       after_id = (SELECT coalesce(max(m.id), 0) FROM messages m
                    WHERE m.session_key = checkpoints.session_key AND m.hidden = 0)
     WHERE id = ?`,
    storedText(line),
    note === undefined ? null : storedText(note),
    id,
  )
}

/** Gives a branch the checkpoints of its original: of the turns that it has, and what was put back. */
export function copyCheckpoints(db: Database, from: string, to: string): void {
  const ids = new Map<number, number>()
  const rows = db.all<{id: number; turn_id: number | null; copied: number | null; target: number | null}>(
    `SELECT c.id, c.turn_id, c.target, n.id AS copied FROM checkpoints c
       LEFT JOIN turns o ON o.id = c.turn_id
       LEFT JOIN turns n ON n.session_key = ? AND n.prompt_id = o.prompt_id
      WHERE c.session_key = ? AND c.pending = 0 ORDER BY c.id`,
    to,
    from,
  )
  for (const {id, turn_id: turnId, copied, target} of rows) {
    // Of a turn that was taken back there: what it changed is told by none of the copy's turns, and stays changed.
    const copy = db.insert(
      `INSERT INTO checkpoints(session_key, turn_id, created_at, gaps, target, note)
       SELECT ?, ?, created_at, gaps, ?, iif(${UNTOLD}, note, NULL) FROM checkpoints c WHERE id = ?`,
      to,
      turnId === null ? null : copied,
      target === null ? null : (ids.get(target) ?? null),
      id,
    )
    ids.set(id, copy)
    db.run(
      `INSERT INTO checkpoint_files(checkpoint_id, path, before, after, prior, content, at)
       SELECT ?, path, before, after, prior, content, at FROM checkpoint_files WHERE checkpoint_id = ?`,
      copy,
      id,
    )
  }
}
