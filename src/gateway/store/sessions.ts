import {exitCodes, HermesError} from '../../errors.js'
import {DELEGATED, delegatedBy} from './agents/agents.js'
import {contentsOfSession, removeContents} from './checkpoints/delete.js'
import {filesOfSession, removeUnused} from './contents/unused.js'
import type {StoreParts} from './parts.js'
import type {Database, Row} from './sqlite/database.js'
import {invalidTitle, normalTitle, takenTitle} from './titles.js'
import type {ContextFill, SessionOwner, SessionRow, SessionSummary, Store} from './types.js'

interface SessionColumns extends Row {
  key: string
  title: string | null
  model: string | null
  effort: string | null
  context: string | null
  cwd: string | null
  source: string
  started_at: number
  last_active_at: number
  ended_at: number | null
  end_reason: string | null
  parent_key: string | null
}

interface SummaryColumns extends SessionColumns {
  preview: string | null
  message_count: number
}

const COLUMNS = `s.key, s.title, s.model, s.effort, s.context, s.cwd, s.source, s.started_at, s.last_active_at, s.ended_at,
  s.end_reason, s.parent_key`

/** A branch that is still being copied is no session yet. */
export const WHOLE = 's.maker IS NULL'

/** What was delegated is part of the session that delegated it. */
const LISTED = `${WHOLE} AND s.source <> '${DELEGATED}'`

const SUMMARY = `SELECT ${COLUMNS},
    (SELECT substr(m.text, 1, 400) FROM messages m
      WHERE m.session_key = s.key AND m.hidden = 0 AND m.role = 'user' ORDER BY m.turn_id, m.id LIMIT 1) AS preview,
    (SELECT count(*) FROM messages m WHERE m.session_key = s.key AND m.hidden = 0) AS message_count
  FROM sessions s`

const NEWEST_FIRST = 'ORDER BY s.last_active_at DESC, s.started_at DESC, s.key DESC'

/** Why a session was ended whose process was not asked to end; it is taken back when it is opened. */
export const CUT_OFF = 'cut_off'

const PREVIEW_LENGTH = 60

function toSession(row: SessionColumns): SessionRow {
  return {
    key: row.key,
    title: row.title,
    model: row.model,
    effort: row.effort,
    context: contextFrom(row.context),
    cwd: row.cwd,
    source: row.source,
    startedAt: row.started_at,
    lastActiveAt: row.last_active_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    parentKey: row.parent_key,
  }
}

/** Null for what no version of this program has written. */
function contextFrom(json: string | null): ContextFill | null {
  try {
    const {model, used, max} = JSON.parse(json ?? '{}')
    const known = typeof model === 'string' && Number.isSafeInteger(used) && used >= 0
    return known ? {model, used, max: Number.isSafeInteger(max) && max > 0 ? max : undefined} : null
  } catch {
    return null
  }
}

function toSummary(row: SummaryColumns): SessionSummary {
  const line = [...(row.preview ?? '').replace(/\s+/gu, ' ').trim()]
  const preview = line.length > PREVIEW_LENGTH ? `${line.slice(0, PREVIEW_LENGTH - 1).join('')}…` : line.join('')
  return {...toSession(row), preview, messageCount: row.message_count}
}

export function sessionByKey(db: Database, key: string): SessionRow | undefined {
  const row = db.get<SessionColumns>(`SELECT ${COLUMNS} FROM sessions s WHERE s.key = ? AND ${WHOLE}`, key)
  return row && toSession(row)
}

export function findSession(db: Database, name: string): SessionRow | undefined {
  const byKey = sessionByKey(db, name)
  if (byKey) return byKey
  const title = normalTitle(name)
  const row =
    (title === undefined
      ? undefined
      : db.get<SessionColumns>(`SELECT ${COLUMNS} FROM sessions s WHERE s.title = ? AND ${WHOLE}`, title)) ??
    db.get<SessionColumns>(
      `SELECT ${COLUMNS} FROM live_ids l JOIN sessions s ON s.key = l.session_key WHERE l.live_id = ? AND ${WHOLE}`,
      name,
    )
  return row && toSession(row)
}

/** Ids of dead processes that were never asked for again would pile up for ever: the newest of a session are kept. */
const KEPT_LIVE_IDS = 64

export function bindLiveId(db: Database, liveId: string, key: string, now: number): void {
  db.run(
    `INSERT INTO live_ids(live_id, session_key, bound_at) VALUES (?, ?, ?)
     ON CONFLICT (live_id) DO UPDATE SET session_key = excluded.session_key, bound_at = excluded.bound_at`,
    liveId,
    key,
    now,
  )
  db.run(
    `DELETE FROM live_ids WHERE session_key = ? AND live_id <> ? AND live_id NOT IN
       (SELECT live_id FROM live_ids WHERE session_key = ? ORDER BY bound_at DESC LIMIT ${KEPT_LIVE_IDS})`,
    key,
    liveId,
    key,
  )
}

/** A session without a row that nobody asked for in a day is not asked for any more. */
const BLANK_KEPT_MS = 86_400_000

/** The live id of a session that has no row yet, so that it is found by it in the next process too. */
export function bindBlank(db: Database, liveId: string, key: string, now: number): void {
  db.run(
    `DELETE FROM live_ids WHERE bound_at < ? AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.key = session_key)`,
    now - BLANK_KEPT_MS,
  )
  bindLiveId(db, liveId, key, now)
}

/** Key of a session that has no row, by its live id in any process. */
export function blankSession(db: Database, liveId: string): string | undefined {
  return db.get<{session_key: string}>(
    `SELECT session_key FROM live_ids
      WHERE live_id = ? AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.key = session_key)`,
    liveId,
  )?.session_key
}

export function listSessions(db: Database, limit: number): SessionSummary[] {
  return db.all<SummaryColumns>(`${SUMMARY} WHERE ${LISTED} ${NEWEST_FIRST} LIMIT ?`, limit).map(toSummary)
}

/** Sessions whose title has all words of `part`, in any case, newest first. */
export function sessionsLike(db: Database, part: string, limit: number): SessionSummary[] {
  const words = part.normalize('NFC').toLowerCase().split(/\s+/u).filter(Boolean)
  if (words.length === 0) return []
  // LIKE knows no case beyond ASCII. 10 000 titles take 12 ms, and are asked for only where no session has the name.
  const keys = db
    .all<{key: string; title: string}>(
      `SELECT s.key, s.title FROM sessions s WHERE s.title IS NOT NULL AND ${LISTED} ${NEWEST_FIRST}`,
    )
    .filter(({title}) => words.every((word) => title.toLowerCase().includes(word)))
    .slice(0, limit)
  return keys.flatMap(({key}) => db.all<SummaryColumns>(`${SUMMARY} WHERE s.key = ?`, key).map(toSummary))
}

export function mostRecentSession(db: Database, cwd?: string): SessionSummary | undefined {
  const row = db.get<SummaryColumns>(
    `${SUMMARY} WHERE ${LISTED} AND EXISTS (SELECT 1 FROM turns t WHERE t.session_key = s.key AND t.undone = 0)
       AND (?1 IS NULL OR coalesce(s.cwd, '') IN ('', ?1))
     ${NEWEST_FIRST} LIMIT 1`,
    cwd ?? null,
  )
  return row && toSummary(row)
}

/** A reply that was left in the middle is looked for among so many of the newest; what is older was given up. */
const LOOKED_THROUGH = 50

export function unfinishedSessions(db: Database, isWaiting: (turnId: number) => boolean): string[] {
  const newest = db.all<{key: string; end_reason: string | null; id: number; status: string}>(
    `SELECT s.key, s.end_reason, t.id, t.status
       FROM (SELECT key, end_reason, last_active_at, started_at FROM sessions s
              WHERE ${LISTED} ${NEWEST_FIRST} LIMIT ${LOOKED_THROUGH}) s
       JOIN turns t ON t.id = (SELECT max(id) FROM turns WHERE session_key = s.key AND undone = 0)
      WHERE t.status IN ('running', 'interrupted') ${NEWEST_FIRST}`,
  )
  return newest
    .filter(({end_reason, id, status}) => status === 'running' || end_reason === CUT_OFF || isWaiting(id))
    .map(({key}) => key)
}

/** Adds the row if the key is new. A title that cannot be had does not hold the prompt up: the session gets none. */
export function insertSession(db: Database, session: Parameters<Store['beginTurn']>[0]['session'], now: number): void {
  if (sessionByKey(db, session.key)) return
  const title = session.title === null ? undefined : normalTitle(session.title)
  const free = title !== undefined && !titleHolder(db, title)
  db.run(
    'INSERT INTO sessions(key, title, model, cwd, source, started_at, last_active_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    session.key,
    free ? title : null,
    session.model,
    session.cwd,
    session.source,
    now,
    now,
  )
}

/** Notes that something was said. A session that was ended is open again by that. */
export function touchSession(db: Database, key: string, now: number): void {
  db.run(
    `UPDATE sessions SET last_active_at = max(last_active_at, ?), ended_at = NULL, end_reason = NULL WHERE key = ?`,
    now,
    key,
  )
}

export function titleHolder(db: Database, title: string): string | undefined {
  return db.get<{key: string}>('SELECT key FROM sessions WHERE title = ?', title)?.key
}

/** The title as the session can have it. Throws where it is none, or another session has it. */
export function freeTitle(db: Database, key: string, wanted: string): string {
  const title = normalTitle(wanted)
  if (title === undefined) throw invalidTitle(wanted)
  const holder = titleHolder(db, title)
  if (holder !== undefined && holder !== key) throw takenTitle(title)
  return title
}

/** So many of a session are looked at for its title. */
const NAMING_PROMPTS = 5

/** What the person said first, in order; of each what a title is made of. */
export function firstPrompts(db: Database, key: string): string[] {
  const rows = db.all<{text: string}>(
    `SELECT substr(m.text, 1, 8192) AS text FROM messages m
      WHERE m.session_key = ? AND m.hidden = 0 AND m.role = 'user' ORDER BY m.turn_id, m.id LIMIT ${NAMING_PROMPTS}`,
    key,
  )
  return rows.map(({text}) => text)
}

export function setTitle(db: Database, key: string, wanted: string): void {
  const title = freeTitle(db, key, wanted)
  if (db.run('UPDATE sessions SET title = ? WHERE key = ?', title, key) === 0) throw unknownSession(key)
}

export function unknownSession(key: string): HermesError {
  return new HermesError(`No session has the key ${key}.`, {
    code: 'store/unknown-session',
    exit: exitCodes.sessionNotFound,
  })
}

export function setModel(db: Database, key: string, model: string): void {
  db.run('UPDATE sessions SET model = ?, context = NULL WHERE key = ?', model, key)
}

export function setContext(db: Database, key: string, context: ContextFill): void {
  db.run('UPDATE sessions SET context = ? WHERE key = ?', JSON.stringify(context), key)
}

export function setEffort(db: Database, key: string, effort: string | undefined): void {
  db.run('UPDATE sessions SET effort = ? WHERE key = ?', effort ?? null, key)
}

export function shellState(db: Database, key: string): string | null {
  return db.get<{state: string | null}>('SELECT shell_state AS state FROM sessions WHERE key = ?', key)?.state ?? null
}

export function setShellState(db: Database, key: string, state: string): void {
  db.run('UPDATE sessions SET shell_state = ? WHERE key = ?', state, key)
}

export function endSession(db: Database, key: string, reason: string, now: number): void {
  db.run('UPDATE sessions SET ended_at = ?, end_reason = ? WHERE key = ?', now, reason, key)
}

export function reopenSession(db: Database, key: string): void {
  db.run('UPDATE sessions SET ended_at = NULL, end_reason = NULL WHERE key = ?', key)
}

export function deleteSession(parts: StoreParts, key: string, now: number): boolean {
  const {db, journals} = parts
  for (const delegated of delegatedBy(db, key)) deleteSession(parts, delegated, now)
  const turns = db.all<{id: number}>('SELECT id FROM turns WHERE session_key = ?', key).map(({id}) => id)
  const files = filesOfSession(db, key)
  const contents = contentsOfSession(db, key)
  db.run('DELETE FROM live_ids WHERE session_key = ?', key)
  db.run('DELETE FROM owners WHERE session_key = ?', key)
  db.run('DELETE FROM attached_images WHERE session_key = ?', key)
  db.run('DELETE FROM agents WHERE key = ?', key)
  const deleted = db.run('DELETE FROM sessions WHERE key = ?', key) > 0
  db.onCommit(() => {
    journals.removeTurns(turns)
    removeUnused(parts, files)
    removeContents(db, contents, now)
  })
  return deleted
}

export function ownerOf(db: Database, key: string): SessionOwner | undefined {
  return db.get<{pid: number; birth: string | null; boot: string | null; since: number}>(
    'SELECT pid, birth, boot, since FROM owners WHERE session_key = ?',
    key,
  )
}

export function setOwner(db: Database, key: string, owner: SessionOwner | undefined): void {
  if (!owner) {
    db.run('DELETE FROM owners WHERE session_key = ?', key)
    return
  }
  db.run(
    `INSERT INTO owners(session_key, pid, birth, boot, since) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (session_key) DO UPDATE
       SET pid = excluded.pid, birth = excluded.birth, boot = excluded.boot, since = excluded.since`,
    key,
    owner.pid,
    owner.birth,
    owner.boot,
    owner.since,
  )
}
