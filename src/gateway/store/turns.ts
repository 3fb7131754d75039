import {HermesError} from '../../errors.js'
import {encodeJournal} from './journal-codec.js'
import {foldJournal, insertPrompt} from './messages.js'
import {
  closeQuestionsOfCall,
  closeQuestionsOfSession,
  closeQuestionsOfTurn,
  storeQuestion,
  takeUpQuestions,
} from './questions.js'
import {insertSession, touchSession} from './sessions.js'
import type {Database, Row} from './sqlite/database.js'
import {storedText} from './stored-text.js'
import type {JournalEntry, NewQuestion, QuestionRow, Store, TurnResult, TurnRow, TurnStatus, Usages} from './types.js'

interface TurnColumns extends Row {
  id: number
  session_key: string
  prompt_id: string
  prompt: string
  status: string
  error: string | null
  deaths: number
  started_at: number
  ended_at: number | null
}

const COLUMNS = 'id, session_key, prompt_id, prompt, status, error, deaths, started_at, ended_at'

function toTurn(row: TurnColumns): TurnRow {
  return {
    id: row.id,
    sessionKey: row.session_key,
    promptId: row.prompt_id,
    prompt: row.prompt,
    status: row.status as TurnStatus,
    error: row.error,
    deaths: row.deaths,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}

function turnById(db: Database, id: number): TurnRow | undefined {
  const row = db.get<TurnColumns>(`SELECT ${COLUMNS} FROM turns WHERE id = ?`, id)
  return row && toTurn(row)
}

export function turnByPrompt(db: Database, key: string, promptId: string): TurnRow | undefined {
  const row = db.get<TurnColumns>(`SELECT ${COLUMNS} FROM turns WHERE session_key = ? AND prompt_id = ?`, key, promptId)
  return row && toTurn(row)
}

export function lastTurnOf(db: Database, key: string): TurnRow | undefined {
  const row = db.get<TurnColumns>(
    `SELECT ${COLUMNS} FROM turns WHERE session_key = ? AND undone = 0 ORDER BY id DESC LIMIT 1`,
    key,
  )
  return row && toTurn(row)
}

/** The turn as it is now. Throws where it is in none of `statuses`: another process closed or deleted it. */
function requireTurn(db: Database, id: number, statuses: readonly TurnStatus[]): TurnRow {
  const turn = turnById(db, id)
  if (turn && statuses.includes(turn.status)) return turn
  throw new HermesError(
    turn
      ? `Turn ${id} of session ${turn.sessionKey} is ${turn.status}, not ${statuses.join(' or ')}.`
      : `Turn ${id} is no longer stored.`,
    {code: 'store/turn-state', suggestions: ['Open the session again: another process has changed it.']},
  )
}

export function beginTurn(
  db: Database,
  input: Parameters<Store['beginTurn']>[0],
  now: number,
): {turn: TurnRow; duplicate: boolean} {
  const {session, promptId} = input
  const prompt = storedText(input.prompt)
  const known = turnByPrompt(db, session.key, promptId)
  if (known) return {turn: known, duplicate: true}
  insertSession(db, session, now)
  touchSession(db, session.key, now)
  closeQuestionsOfSession(db, session.key)
  const id = db.insert(
    `INSERT INTO turns(session_key, prompt_id, prompt, status, started_at) VALUES (?, ?, ?, 'running', ?)`,
    session.key,
    promptId,
    prompt,
    now,
  )
  insertPrompt(db, session.key, id, now, prompt)
  return {turn: requireTurn(db, id, ['running']), duplicate: false}
}

export function reopenTurn(db: Database, id: number, now: number): TurnRow {
  const {sessionKey} = requireTurn(db, id, ['interrupted', 'error'])
  touchSession(db, sessionKey, now)
  return setRunning(db, id)
}

function setRunning(db: Database, id: number): TurnRow {
  db.run(`UPDATE turns SET status = 'running', error = NULL, ended_at = NULL WHERE id = ?`, id)
  return requireTurn(db, id, ['running'])
}

/** No activity of the person yet: the session keeps its place in the list. */
export function takeUpTurn(
  db: Database,
  id: number,
  {byHand = false}: {byHand?: boolean},
): {turn: TurnRow; questions: QuestionRow[]} | undefined {
  const questions = takeUpQuestions(db, id, byHand)
  if (questions.length === 0) return undefined
  requireTurn(db, id, ['interrupted'])
  return {turn: setRunning(db, id), questions}
}

export function ask(db: Database, id: number, question: NewQuestion, now: number): void {
  const {sessionKey} = requireTurn(db, id, ['running'])
  storeQuestion(db, sessionKey, id, question, now)
  appendJournal(db, id, [{kind: 'asked', id: question.toolId}], now)
}

export function appendJournal(db: Database, id: number, entries: readonly JournalEntry[], now: number): void {
  requireTurn(db, id, ['running'])
  for (const {kind, data} of encodeJournal(entries)) {
    db.run(
      `INSERT INTO journal(turn_id, seq, at, kind, data)
       VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE turn_id = ?), ?, ?, ?)`,
      id,
      id,
      now,
      kind,
      data,
    )
  }
  for (const entry of entries) {
    if (entry.kind === 'allowed' || entry.kind === 'tool-end') closeQuestionsOfCall(db, id, entry.id)
  }
}

export function finishTurn(db: Database, id: number, end: TurnResult, now: number): void {
  const {sessionKey} = requireTurn(db, id, ['running'])
  foldJournal(db, sessionKey, id, end.status)
  if (!end.waiting) closeQuestionsOfTurn(db, id)
  db.run(
    'UPDATE turns SET status = ?, error = ?, ended_at = ? WHERE id = ?',
    end.status,
    end.error === undefined ? null : storedText(end.error),
    now,
    id,
  )
  if (end.usage) addUsage(db, id, end.usage)
  touchSession(db, sessionKey, now)
}

/** Closes what a dead process left running. No activity of the person, so the session keeps its place in the list. */
export function settleTurns(db: Database, key: string, now: number): TurnRow[] {
  const running = db.all<{id: number}>(
    `SELECT id FROM turns WHERE session_key = ? AND status = 'running' ORDER BY id`,
    key,
  )
  return running.map(({id}) => {
    foldJournal(db, key, id, 'interrupted')
    db.run(`UPDATE turns SET status = 'interrupted', deaths = deaths + 1, ended_at = ? WHERE id = ?`, now, id)
    return requireTurn(db, id, ['interrupted'])
  })
}

/** Returns the number of messages that it hid. */
export function undoLastTurn(db: Database, key: string): number {
  const last = lastTurnOf(db, key)
  if (!last) return 0
  requireTurn(db, last.id, ['complete', 'interrupted', 'error'])
  db.run('UPDATE turns SET undone = 1 WHERE id = ?', last.id)
  closeQuestionsOfTurn(db, last.id)
  return db.run('UPDATE messages SET hidden = 1 WHERE turn_id = ? AND hidden = 0', last.id)
}

function addUsage(db: Database, id: number, {calls, usage}: Usages): void {
  db.run(
    `UPDATE turns SET calls = calls + ?, tokens_input = tokens_input + ?, tokens_output = tokens_output + ?,
       tokens_cache_read = tokens_cache_read + ?, tokens_cache_write = tokens_cache_write + ?,
       tokens_reasoning = tokens_reasoning + ?
     WHERE id = ?`,
    calls,
    usage.input,
    usage.output,
    usage.cacheRead,
    usage.cacheWrite,
    usage.reasoning,
    id,
  )
}

/** What a session has cost, undone turns included. */
export function usageOf(db: Database, key: string): Usages {
  const sum = db.get<Record<'calls' | 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'reasoning', number>>(
    `SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(tokens_input), 0) AS input,
       coalesce(sum(tokens_output), 0) AS output, coalesce(sum(tokens_cache_read), 0) AS cacheRead,
       coalesce(sum(tokens_cache_write), 0) AS cacheWrite, coalesce(sum(tokens_reasoning), 0) AS reasoning
     FROM turns WHERE session_key = ?`,
    key,
  )
  const {calls, ...usage} = sum ?? {calls: 0, input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0}
  return {calls, usage}
}
