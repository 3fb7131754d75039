import type {Database, Row} from './sqlite/database.js'
import type {NewQuestion, QuestionRow} from './types.js'

interface QuestionColumns extends Row {
  id: string
  tool_id: string
  kind: string
  payload: string
  answer: string | null
  created_at: number
}

/** Processes that may die between a question's turn being taken up and its being shown, before it is left alone. */
const MAX_TRIES = 2

const WAITING_CALLS = `SELECT tool_id FROM messages WHERE turn_id = ? AND tool_state = 'asked'`

/** What a turn's calls ask, oldest first. */
export function questionsOf(db: Database, turnId: number): QuestionRow[] {
  return db
    .all<QuestionColumns>(
      'SELECT id, tool_id, kind, payload, answer, created_at FROM questions WHERE turn_id = ? ORDER BY created_at, id',
      turnId,
    )
    .map((row) => ({
      id: row.id,
      toolId: row.tool_id,
      kind: row.kind as QuestionRow['kind'],
      payload: JSON.parse(row.payload),
      answer: row.answer === null ? undefined : JSON.parse(row.answer),
      createdAt: row.created_at,
    }))
}

/** A question that is there already keeps its row: it is shown again. Once one is, its turn came through. */
export function storeQuestion(db: Database, sessionKey: string, turnId: number, asked: NewQuestion, now: number): void {
  const {id, toolId, kind, payload, replaces} = asked
  for (const old of replaces) db.run('DELETE FROM questions WHERE id = ? AND turn_id = ?', old, turnId)
  db.run('UPDATE questions SET tries = 0 WHERE turn_id = ?', turnId)
  if (db.get('SELECT 1 FROM questions WHERE id = ? AND turn_id = ?', id, turnId)) return
  db.run(
    `INSERT INTO questions(id, session_key, turn_id, tool_id, kind, payload, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    id,
    sessionKey,
    turnId,
    toolId,
    kind,
    JSON.stringify(payload),
    now,
  )
}

export function answerQuestion(db: Database, id: string, answer: unknown, now: number): boolean {
  const json = JSON.stringify(answer)
  return db.run('UPDATE questions SET answer = ?, answered_at = ? WHERE id = ? AND answer IS NULL', json, now, id) > 0
}

/** The questions of calls that still wait; none where the turn is better left alone, unless it is taken up `byHand`. */
export function waitingQuestions(db: Database, turnId: number, byHand: boolean): QuestionRow[] {
  const questions = questionsOf(db, turnId)
  if (questions.length === 0 || (!byHand && triesOf(db, turnId) >= MAX_TRIES)) return []
  const waiting = new Set(db.all<{tool_id: string}>(WAITING_CALLS, turnId).map((row) => row.tool_id))
  return questions.filter(({toolId}) => waiting.has(toolId))
}

/** {@link waitingQuestions}, each counted as tried. What belongs to a call that went on meanwhile is dropped. */
export function takeUpQuestions(db: Database, turnId: number, byHand: boolean): QuestionRow[] {
  const waiting = waitingQuestions(db, turnId, byHand)
  if (waiting.length === 0) return []
  db.run(`DELETE FROM questions WHERE turn_id = ? AND tool_id NOT IN (${WAITING_CALLS})`, turnId, turnId)
  db.run('UPDATE questions SET tries = ? WHERE turn_id = ?', byHand ? 1 : triesOf(db, turnId) + 1, turnId)
  return waiting
}

function triesOf(db: Database, turnId: number): number {
  return db.get<{n: number | null}>('SELECT max(tries) AS n FROM questions WHERE turn_id = ?', turnId)?.n ?? 0
}

/** A process that died between the journal's record of a question and its row has asked nobody: the call is yet to start. */
export function forgetUnasked(db: Database, turnId: number, toolIds: Iterable<string>): void {
  for (const id of toolIds) {
    if (db.get('SELECT 1 FROM questions WHERE turn_id = ? AND tool_id = ?', turnId, id)) continue
    db.run(
      `UPDATE messages SET tool_state = 'not-started' WHERE turn_id = ? AND tool_id = ? AND tool_state = 'asked'`,
      turnId,
      id,
    )
  }
}

export function closeQuestionsOfCall(db: Database, turnId: number, toolId: string): void {
  db.run('DELETE FROM questions WHERE turn_id = ? AND tool_id = ?', turnId, toolId)
}

export function closeQuestionsOfTurn(db: Database, turnId: number): void {
  db.run('DELETE FROM questions WHERE turn_id = ?', turnId)
}

/** Another prompt follows: what earlier ones asked is out of date. */
export function closeQuestionsOfSession(db: Database, key: string): void {
  db.run('DELETE FROM questions WHERE session_key = ?', key)
}
