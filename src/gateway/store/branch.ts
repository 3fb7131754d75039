import {bootId, isSameProcess, processBirth} from '../../platform.js'
import {monotonicMs} from '../monotonic.js'
import {copyCheckpoints} from './checkpoints/checkpoints.js'
import {copyCompactions} from './compaction/compactions.js'
import {filesOfSession, removeUnused} from './contents/unused.js'
import {runningTurns} from './journal/in-flight.js'
import {insertMessage, messagesOfTurn} from './message-rows.js'
import {messagesInFlight} from './messages.js'
import type {StoreParts} from './parts.js'
import {freeTitle, sessionByKey, unknownSession} from './sessions.js'
import type {Database} from './sqlite/database.js'
import type {MessageRow, SessionRow} from './types.js'

/** What a slice is to take, milliseconds: the process does nothing else meanwhile. */
const SLICE_MS = 20

/** Turns of the first slice; of the next ones, as many as the time allows. */
const FIRST_SLICE = 64

/** Slices of which the log is moved into the file at once: a slice of its own, which takes as long as one of them. */
const CHECKPOINT_SLICES = 3

/** How much more a slice may do than the one before it: its first turn may be a short one. */
const MAX_GROWTH = 2

interface Copy {
  from: string
  to: string
  /** Newest turn that is copied. */
  last: number
  /** Turns that ran when it began, as they were: they go on while it is made. */
  running: ReadonlyMap<number, readonly MessageRow[]>
}

/**
 * A session under another key with the same past, in slices of some milliseconds, between which others have their turn.
 * It is no session until it is whole; where the copy fails or is given up, what there is of it is removed.
 */
export function* branchSession(
  parts: StoreParts,
  key: string,
  branch: {key: string; title: string | null},
  now: () => number,
): Generator<void, SessionRow> {
  const {db} = parts
  const copy = db.write(() => begin(parts, key, branch, now()))
  let whole = false
  try {
    db.checkpoints = false
    for (let after = 0, limit = FIRST_SLICE, slices = 1; after < copy.last; slices++) {
      yield
      if (slices % CHECKPOINT_SLICES === 0) {
        db.checkpoint()
        yield
      }
      const started = monotonicMs()
      after = db.write(() => copyTurns(db, copy, {after, limit, now: now()}))
      const took = Math.max(monotonicMs() - started, 1)
      limit = Math.max(1, Math.floor(limit * Math.min(SLICE_MS / took, MAX_GROWTH)))
    }
    yield
    const session = db.write(() => finish(parts, copy, branch.title))
    whole = true
    return session
  } finally {
    db.checkpoints = true
    if (!whole) for (const _ of removeHalf(parts, branch.key));
  }
}

/** Removes, in slices, branches and imports whose process died before they were whole. */
export function* removeHalves(parts: StoreParts): Generator<void> {
  const {db} = parts
  const made = db.read(() =>
    db.all<{key: string; maker: string}>('SELECT key, maker FROM sessions WHERE maker IS NOT NULL'),
  )
  for (const {key, maker} of made) if (!isSameProcess(JSON.parse(maker))) yield* removeHalf(parts, key)
}

function begin(parts: StoreParts, from: string, branch: {key: string; title: string | null}, now: number): Copy {
  const {db} = parts
  if (!sessionByKey(db, from)) throw unknownSession(from)
  if (branch.title !== null) freeTitle(db, branch.key, branch.title)
  const maker = {pid: process.pid, birth: processBirth(process.pid), boot: bootId()}
  db.run(
    `INSERT INTO sessions(key, model, effort, cwd, source, started_at, last_active_at, parent_key, maker)
     SELECT ?, model, effort, cwd, source, ?, ?, key, ? FROM sessions WHERE key = ?`,
    branch.key,
    now,
    now,
    JSON.stringify(maker),
    from,
  )
  const newest = db.get<{id: number | null}>(
    'SELECT max(id) AS id FROM turns WHERE session_key = ? AND undone = 0',
    from,
  )
  const running = runningTurns(db, from).map((turn): [number, MessageRow[]] => [
    turn.id,
    messagesInFlight(parts, turn, messagesOfTurn(db, turn.id), 'interrupted'),
  ])
  return {from, to: branch.key, last: newest?.id ?? 0, running: new Map(running)}
}

/** Copies the next turns with their messages; returns the last one of them. */
function copyTurns(
  db: Database,
  {from, to, last, running}: Copy,
  {after, limit, now}: {after: number; limit: number; now: number},
): number {
  const slice = db.get<{last: number | null}>(
    `SELECT max(id) AS last FROM (SELECT id FROM turns
       WHERE session_key = ? AND undone = 0 AND id > ? AND id <= ? ORDER BY id LIMIT ?)`,
    from,
    after,
    last,
    limit,
  )
  if (!slice || slice.last === null) return last
  const inSlice = 'o.session_key = ? AND o.undone = 0 AND o.id > ? AND o.id <= ?'
  db.run(
    `INSERT INTO turns(session_key, prompt_id, prompt, status, error, deaths, started_at, ended_at)
     SELECT ?, o.prompt_id, o.prompt, iif(o.status = 'running', 'interrupted', o.status), o.error, o.deaths,
       o.started_at, coalesce(o.ended_at, ?)
     FROM turns o WHERE ${inSlice} ORDER BY o.id`,
    to,
    now,
    from,
    after,
    slice.last,
  )
  // The journal stays with the process that writes it.
  db.run(
    `INSERT INTO messages(session_key, turn_id, created_at, role, text, reasoning, status, tool_calls, signed, attached, steer_id, hidden,
       tool_id, tool_name, tool_context, tool_args, args_file, tool_result, result_file, tool_duration_s, tool_state)
     SELECT ?, n.id, m.created_at, m.role, m.text, m.reasoning, m.status, m.tool_calls, m.signed, m.attached, m.steer_id, m.hidden,
       m.tool_id, m.tool_name, m.tool_context, m.tool_args, m.args_file, m.tool_result, m.result_file,
       m.tool_duration_s, m.tool_state
     FROM turns o
       JOIN turns n ON n.session_key = ? AND n.prompt_id = o.prompt_id
       JOIN messages m ON m.turn_id = o.id
     WHERE ${inSlice} AND o.id NOT IN (SELECT value FROM json_each(?)) ORDER BY o.id, m.id`,
    to,
    to,
    from,
    after,
    slice.last,
    JSON.stringify([...running.keys()]),
  )
  db.run(
    `INSERT INTO prompt_images(turn_id, position, label, name, media_type, width, height, bytes, file, original, tool_id)
     SELECT n.id, i.position, i.label, i.name, i.media_type, i.width, i.height, i.bytes, i.file, i.original, i.tool_id
     FROM turns o
       JOIN turns n ON n.session_key = ? AND n.prompt_id = o.prompt_id
       JOIN prompt_images i ON i.turn_id = o.id
     WHERE ${inSlice}`,
    to,
    from,
    after,
    slice.last,
  )
  return slice.last
}

function finish(parts: StoreParts, {from, to, running}: Copy, title: string | null): SessionRow {
  const {db} = parts
  // Somebody deleted it meanwhile, and the copy may lack its end.
  if (!sessionByKey(db, from)) throw unknownSession(from)
  for (const [id, messages] of running) {
    const copied = db.get<{id: number}>(
      `UPDATE turns SET status = 'interrupted', error = NULL
       WHERE session_key = ? AND prompt_id = (SELECT prompt_id FROM turns WHERE id = ?) RETURNING id`,
      to,
      id,
    )
    if (!copied) continue
    for (const message of messages) insertMessage(parts, to, {...message, turnId: copied.id})
  }
  copyCompactions(db, from, to)
  copyCheckpoints(db, from, to)
  const free = title === null ? null : freeTitle(db, to, title)
  db.run('UPDATE sessions SET maker = NULL, title = ? WHERE key = ?', free, to)
  const session = sessionByKey(db, to)
  if (!session) throw unknownSession(to)
  return session
}

/** Each turn takes its messages with it. */
export function* removeHalf(parts: StoreParts, key: string): Generator<void> {
  const {db} = parts
  const files = db.read(() => filesOfSession(db, key))
  for (;;) {
    const removed = db.write(() =>
      db.run(
        `DELETE FROM turns WHERE id IN (SELECT t.id FROM turns t JOIN sessions s ON s.key = t.session_key
           WHERE s.key = ? AND s.maker IS NOT NULL LIMIT ${FIRST_SLICE})`,
        key,
      ),
    )
    if (removed === 0) break
    yield
  }
  db.write(() => db.run('DELETE FROM sessions WHERE key = ? AND maker IS NOT NULL', key))
  removeUnused(parts, files)
}
