import type {Database, Row} from '../sqlite/database.js'
import type {DaySpent, Spent} from '../types.js'

const SUMS = `sum(calls) AS calls, sum(unpriced) AS unpriced, sum(tokens_input) AS input, sum(tokens_output) AS output,
  sum(tokens_cache_read) AS cacheRead, sum(tokens_cache_write) AS cacheWrite, sum(tokens_reasoning) AS reasoning,
  sum(usd) AS usd, sum(saved_usd) AS savedUsd`

interface SpentColumns extends Row {
  model: string
  calls: number
  unpriced: number
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
  reasoning: number
  usd: number
  savedUsd: number
}

function toSpent(row: SpentColumns): Spent {
  const {model, calls, unpriced, usd, savedUsd, input, output, cacheRead, cacheWrite, reasoning} = row
  return {model, calls, unpriced, usage: {input, output, cacheRead, cacheWrite, reasoning}, usd, savedUsd}
}

/** In place of a turn's id, of a summary: what a turn took itself is known by what is stored under its id. */
export const OF_NO_TURN = 0

export function addSpending(
  db: Database,
  turn: {id: number; sessionKey: string},
  spent: readonly Spent[],
  now: number,
): void {
  for (const {model, calls, unpriced, usage, usd, savedUsd} of spent) {
    db.run(
      `INSERT INTO spending(session_key, turn_id, at, model, calls, unpriced, tokens_input, tokens_output,
         tokens_cache_read, tokens_cache_write, tokens_reasoning, usd, saved_usd)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      turn.sessionKey,
      turn.id,
      now,
      model,
      calls,
      unpriced,
      usage.input,
      usage.output,
      usage.cacheRead,
      usage.cacheWrite,
      usage.reasoning,
      usd,
      savedUsd,
    )
  }
}

/** Keys of the session `?1` and of the sessions of what it delegated. */
export const OWN_AND_DELEGATED =
  'SELECT ?1 UNION ALL SELECT key FROM agents WHERE parent_key = ?1 AND turn_id IS NOT NULL'

/** Of a session, with what it delegated, by model, in the order in which they were first used. */
export function spendingOf(db: Database, key: string): Spent[] {
  return db
    .all<SpentColumns>(
      `SELECT model, ${SUMS} FROM spending WHERE session_key IN (${OWN_AND_DELEGATED}) GROUP BY model ORDER BY min(id)`,
      key,
    )
    .map(toSpent)
}

/** What a turn took that is in no row of `spending` is of a time before there was one, or broke off: its cost is not known. */
export function spendingSince(db: Database, since: number): DaySpent[] {
  const rows = db.all<SpentColumns & {day: string}>(
    `WITH told AS (SELECT turn_id, ${SUMS} FROM spending GROUP BY turn_id),
     each AS (
       SELECT at, model, calls, unpriced, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write,
           tokens_reasoning, usd, saved_usd
         FROM spending WHERE at >= ?1
       UNION ALL
       SELECT coalesce(t.ended_at, t.started_at), coalesce(s.model,
             (SELECT model FROM spending WHERE session_key = s.key ORDER BY id DESC LIMIT 1), ''), t.calls - coalesce(told.calls, 0),
           t.calls - coalesce(told.calls, 0), t.tokens_input - coalesce(told.input, 0),
           t.tokens_output - coalesce(told.output, 0), t.tokens_cache_read - coalesce(told.cacheRead, 0),
           t.tokens_cache_write - coalesce(told.cacheWrite, 0), t.tokens_reasoning - coalesce(told.reasoning, 0), 0, 0
         FROM turns t JOIN sessions s ON s.key = t.session_key LEFT JOIN told ON told.turn_id = t.id
        WHERE coalesce(t.ended_at, t.started_at) >= ?1 AND t.calls > coalesce(told.calls, 0)
     )
     SELECT date(at / 1000, 'unixepoch', 'localtime') AS day, model, ${SUMS} FROM each
      GROUP BY day, model ORDER BY day DESC, usd DESC, input DESC, model`,
    since,
  )
  return rows.map((row) => ({day: row.day, ...toSpent(row)}))
}
