import type {Database, Row} from '../sqlite/database.js'
import type {CompactionReason, CompactionRow, NewCompaction} from '../types.js'
import {addSpending, OF_NO_TURN} from '../usage/spending.js'

interface CompactionColumns extends Row {
  id: number
  created_at: number
  reason: string
  covers: number
  outlines: number
  after_id: number
  turn_id: number | null
  summary: string
  messages: number
  results: number
  tokens_before: number
  tokens_after: number
}

const COLUMNS = `id, created_at, reason, covers, outlines, after_id, turn_id, summary, messages, results, tokens_before,
  tokens_after`

function toCompaction(row: CompactionColumns): CompactionRow {
  return {
    id: row.id,
    createdAt: row.created_at,
    reason: row.reason as CompactionReason,
    covers: row.covers,
    outlines: row.outlines,
    afterId: row.after_id,
    turnId: row.turn_id,
    summary: row.summary,
    messages: row.messages,
    results: row.results,
    tokensBefore: row.tokens_before,
    tokensAfter: row.tokens_after,
  }
}

export function addCompaction(
  db: Database,
  key: string,
  {usage: {calls, usage, spent = []}, ...made}: NewCompaction,
  now: number,
): CompactionRow {
  const newest = db.get<{id: number | null}>(
    'SELECT max(id) AS id FROM messages WHERE session_key = ? AND hidden = 0',
    key,
  )
  const afterId = newest?.id ?? 0
  const id = db.insert(
    `INSERT INTO compactions(session_key, created_at, reason, covers, outlines, after_id, turn_id, summary, messages,
       results, tokens_before, tokens_after, calls, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write,
       tokens_reasoning)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    now,
    made.reason,
    made.covers,
    made.outlines,
    afterId,
    made.turnId,
    made.summary,
    made.messages,
    made.results,
    made.tokensBefore,
    made.tokensAfter,
    calls,
    usage.input,
    usage.output,
    usage.cacheRead,
    usage.cacheWrite,
    usage.reasoning,
  )
  addSpending(db, {id: OF_NO_TURN, sessionKey: key}, spent, now)
  return {id, createdAt: now, afterId, ...made}
}

export function compactionsOf(db: Database, key: string): CompactionRow[] {
  return db
    .all<CompactionColumns>(`SELECT ${COLUMNS} FROM compactions WHERE session_key = ? AND undone = 0 ORDER BY id`, key)
    .map(toCompaction)
}

export function lastCompaction(db: Database, key: string): CompactionRow | undefined {
  const row = db.get<CompactionColumns>(
    `SELECT ${COLUMNS} FROM compactions WHERE session_key = ? AND undone = 0 ORDER BY id DESC LIMIT 1`,
    key,
  )
  return row && toCompaction(row)
}

export function undoCompaction(db: Database, key: string): CompactionRow | undefined {
  const last = lastCompaction(db, key)
  if (last) db.run('UPDATE compactions SET undone = 1 WHERE id = ?', last.id)
  return last
}

/** Of a turn that is taken back no summary tells either: what was compacted with it is told in full again. */
export function undoCompactionsOfTurn(db: Database, key: string, turnId: number): void {
  db.run(
    `UPDATE compactions SET undone = 1 WHERE session_key = ? AND undone = 0
       AND covers >= (SELECT min(id) FROM messages WHERE turn_id = ?)`,
    key,
    turnId,
  )
}

/**
 * Gives a branch the compactions of its original. It has the messages that are shown there, in their order: the nth one
 * of it is the nth one of the other.
 */
export function copyCompactions(db: Database, from: string, to: string): void {
  for (const row of compactionsOf(db, from)) {
    const [covers, outlines, afterId] = [row.covers, row.outlines, row.afterId].map((id) =>
      sameMessage(db, from, to, id),
    )
    db.run(
      `INSERT INTO compactions(session_key, created_at, reason, covers, outlines, after_id, turn_id, summary, messages,
         results, tokens_before, tokens_after)
       SELECT ?, o.created_at, o.reason, ?, ?, ?,
         (SELECT n.id FROM turns n JOIN turns t ON t.prompt_id = n.prompt_id WHERE t.id = o.turn_id AND n.session_key = ?),
         o.summary, o.messages, o.results, o.tokens_before, o.tokens_after
       FROM compactions o WHERE o.id = ?`,
      to,
      covers ?? 0,
      outlines ?? 0,
      afterId ?? 0,
      to,
      row.id,
    )
  }
}

function sameMessage(db: Database, from: string, to: string, id: number): number {
  const place = db.get<{n: number}>(
    `SELECT count(*) AS n FROM messages m JOIN turns t ON t.id = m.turn_id
      WHERE m.session_key = ? AND t.undone = 0 AND m.id <= ?`,
    from,
    id,
  )
  if (!place || place.n === 0) return 0
  return (
    db.get<{id: number}>('SELECT id FROM messages WHERE session_key = ? ORDER BY id LIMIT 1 OFFSET ?', to, place.n - 1)
      ?.id ?? 0
  )
}
