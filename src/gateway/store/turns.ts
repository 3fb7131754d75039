import {HermesError} from '../../errors.js'
import {closeDelegated, delegatedBy, waitingDelegated} from './agents/agents.js'
import {undoCompactionsOfTurn} from './compaction/compactions.js'
import {takeAttached} from './contents/attached.js'
import {insertImages, removeResultImages} from './contents/images.js'
import {appendEntries, foldJournal, openJournal, runningTurns} from './journal/in-flight.js'
import {attachToPrompt, insertPrompt} from './message-rows.js'
import type {StoreParts} from './parts.js'
import {
  closeQuestionsOfCall,
  closeQuestionsOfSession,
  closeQuestionsOfTurn,
  storeQuestion,
  takeUpQuestions,
  waitingQuestions,
} from './questions.js'
import {insertSession, setContext, touchSession} from './sessions.js'
import type {Database, Row} from './sqlite/database.js'
import {storedText} from './stored-text.js'
import {estimatedTokens} from './tokens.js'
import type {
  JournalEntry,
  NewImage,
  NewQuestion,
  QuestionRow,
  Store,
  TurnResult,
  TurnRow,
  TurnStatus,
  Usages,
} from './types.js'
import {addSpending, OWN_AND_DELEGATED, spendingOf} from './usage/spending.js'

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

export function steeredTurn(db: Database, key: string, steerId: string): TurnRow | undefined {
  const row = db.get<TurnColumns>(
    `SELECT ${COLUMNS} FROM turns WHERE session_key = ?
       AND id = (SELECT turn_id FROM messages WHERE steer_id = ? AND session_key = ? LIMIT 1)`,
    key,
    steerId,
    key,
  )
  return row && toTurn(row)
}

export function lastTurnOf(db: Database, key: string): TurnRow | undefined {
  const row = db.get<TurnColumns>(
    `SELECT ${COLUMNS} FROM turns WHERE session_key = ? AND undone = 0 ORDER BY id DESC LIMIT 1`,
    key,
  )
  return row && toTurn(row)
}

function notInState(id: number, turn: {sessionKey: string; status: string} | undefined, wanted: string): HermesError {
  return new HermesError(
    turn
      ? `Turn ${id} of session ${turn.sessionKey} is ${turn.status}, not ${wanted}.`
      : `Turn ${id} is no longer stored.`,
    {code: 'store/turn-state', suggestions: ['Open the session again: another process has changed it.']},
  )
}

/** The turn as it is now. Throws where it is in none of `statuses`: another process closed or deleted it. */
function requireTurn(db: Database, id: number, statuses: readonly TurnStatus[]): TurnRow {
  const turn = turnById(db, id)
  if (turn && statuses.includes(turn.status)) return turn
  throw notInState(id, turn, statuses.join(' or '))
}

interface Running {
  id: number
  sessionKey: string
  journal: string | null
}

/** As {@link requireTurn}, of a turn that runs. Asked with every piece of a reply: nothing large is read. */
function requireRunning({db, journals}: StoreParts, id: number): Running {
  const turn = db.get<{session_key: string; status: string; journal: string | null}>(
    'SELECT session_key, status, journal FROM turns WHERE id = ?',
    id,
  )
  if (turn?.status === 'running') return {id, sessionKey: turn.session_key, journal: turn.journal}
  journals.release(id)
  throw notInState(id, turn && {sessionKey: turn.session_key, status: turn.status}, 'running')
}

export function beginTurn(
  parts: StoreParts,
  input: Parameters<Store['beginTurn']>[0],
  now: number,
): {turn: TurnRow; duplicate: boolean} {
  const {db} = parts
  const {session, promptId} = input
  const prompt = storedText(input.prompt)
  const known = turnByPrompt(db, session.key, promptId)
  if (known) return {turn: known, duplicate: true}
  insertSession(db, session, now)
  touchSession(db, session.key, now)
  closeQuestionsOfSession(db, session.key)
  closeDelegated(db, session.key, now)
  const id = db.insert(
    `INSERT INTO turns(session_key, prompt_id, prompt, status, started_at) VALUES (?, ?, ?, 'running', ?)`,
    session.key,
    promptId,
    prompt,
    now,
  )
  openJournal(db, id)
  insertPrompt(parts, session.key, {turnId: id, at: now, text: prompt})
  if (input.images && input.images.length > 0) {
    insertImages(parts, id, input.images)
    takeAttached(
      db,
      session.key,
      input.images.map(({label}) => label),
    )
  }
  return {turn: requireTurn(db, id, ['running']), duplicate: false}
}

export function reopenTurn(db: Database, id: number, now: number): TurnRow {
  const {sessionKey} = requireTurn(db, id, ['interrupted', 'error'])
  touchSession(db, sessionKey, now)
  return setRunning(db, id)
}

function setRunning(db: Database, id: number): TurnRow {
  db.run(`UPDATE turns SET status = 'running', error = NULL, ended_at = NULL WHERE id = ?`, id)
  openJournal(db, id)
  return requireTurn(db, id, ['running'])
}

/** No activity of the person yet: the session keeps its place in the list. */
export function takeUpTurn(
  db: Database,
  id: number,
  {byHand = false}: {byHand?: boolean},
): {turn: TurnRow; questions: QuestionRow[]} | undefined {
  const questions = takeUpQuestions(db, id, byHand)
  const delegated = waitingDelegated(db, id, byHand)
  if (questions.length + delegated.length === 0) return undefined
  // Whoever goes on with them counts anew, once it comes to that.
  for (const turnId of delegated) db.run('UPDATE questions SET tries = tries + 1 WHERE turn_id = ?', turnId)
  requireTurn(db, id, ['interrupted'])
  return {turn: setRunning(db, id), questions}
}

/** A call of the turn waits for the person, or what it delegated does. */
export function turnWaits(db: Database, id: number, byHand: boolean): boolean {
  return waitingQuestions(db, id, byHand).length > 0 || waitingDelegated(db, id, byHand).length > 0
}

export function ask(parts: StoreParts, id: number, question: NewQuestion, now: number): void {
  const turn = requireRunning(parts, id)
  storeQuestion(parts.db, turn.sessionKey, id, question, now)
  appendEntries(parts, turn, {at: now, entries: [{kind: 'asked', id: question.toolId}]})
}

/** The calls of a step, which end it, make messages of it: what is written after them is of its tools or of the next step. */
export function appendJournal(parts: StoreParts, id: number, entries: readonly JournalEntry[], now: number): void {
  const turn = requireRunning(parts, id)
  const endsStep = entries.at(-1)?.kind === 'step-end' && entries.some(({kind}) => kind === 'calls')
  if (endsStep) {
    const more = entries.map((entry) => ({at: now, entry}))
    foldJournal(parts, turn, 'running', more)
  } else appendEntries(parts, turn, {at: now, entries})
  for (const entry of entries) {
    if (entry.kind === 'allowed' || entry.kind === 'tool-end') closeQuestionsOfCall(parts.db, id, entry.id)
  }
}

export function addResultImage(parts: StoreParts, id: number, toolId: string, image: NewImage): void {
  requireRunning(parts, id)
  removeResultImages(parts.db, id, toolId)
  insertImages(parts, id, [image], toolId)
}

export function attach(parts: StoreParts, id: number, text: string): void {
  requireRunning(parts, id)
  attachToPrompt(parts.db, id, storedText(text))
}

export function finishTurn(parts: StoreParts, id: number, end: TurnResult, now: number): void {
  const {db} = parts
  const turn = requireRunning(parts, id)
  foldJournal(parts, turn, end.status)
  if (!end.waiting) closeQuestionsOfTurn(db, id)
  db.run(
    'UPDATE turns SET status = ?, error = ?, ended_at = ? WHERE id = ?',
    end.status,
    end.error === undefined ? null : storedText(end.error),
    now,
    id,
  )
  if (end.usage) {
    addUsage(db, id, end.usage)
    addSpending(db, turn, end.usage.spent ?? [], now)
  }
  if (end.context) setContext(db, turn.sessionKey, end.context)
  touchSession(db, turn.sessionKey, now)
}

/** Closes what a dead process left running. No activity of the person, so the session keeps its place in the list. */
export function settleTurns(parts: StoreParts, key: string, now: number): TurnRow[] {
  const {db} = parts
  for (const delegated of delegatedBy(db, key, {open: true})) settleTurns(parts, delegated, now)
  return runningTurns(db, key).map((turn) => {
    const {id} = turn
    foldJournal(parts, turn, 'interrupted')
    addUnseenUsage(db, id)
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
  undoCompactionsOfTurn(db, key, last.id)
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

/** Of a turn whose process died nobody told what it took: what was shown of it is told by its length. */
function addUnseenUsage(db: Database, id: number): void {
  const shown = db.get<{calls: number; chars: number; prompt: number}>(
    `SELECT count(*) AS calls, coalesce(sum(length(m.text) + length(m.reasoning)), 0) AS chars,
       coalesce(max(length(t.prompt)), 0) AS prompt
     FROM turns t JOIN messages m ON m.turn_id = t.id AND m.role = 'assistant' WHERE t.id = ? AND t.calls = 0`,
    id,
  )
  if (!shown || shown.chars === 0) return
  const usage = {input: estimatedTokens(shown.prompt), output: estimatedTokens(shown.chars)}
  addUsage(db, id, {calls: shown.calls, usage: {...usage, cacheRead: 0, cacheWrite: 0, reasoning: 0}})
}

/** What a session has cost, with summaries of it and with what it delegated, undone ones included. */
export function usageOf(db: Database, key: string): Usages {
  const sum = db.get<Record<'calls' | 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'reasoning', number>>(
    `SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(tokens_input), 0) AS input,
       coalesce(sum(tokens_output), 0) AS output, coalesce(sum(tokens_cache_read), 0) AS cacheRead,
       coalesce(sum(tokens_cache_write), 0) AS cacheWrite, coalesce(sum(tokens_reasoning), 0) AS reasoning
     FROM (SELECT calls, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, tokens_reasoning
             FROM turns WHERE session_key IN (${OWN_AND_DELEGATED})
           UNION ALL
           SELECT calls, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, tokens_reasoning
             FROM compactions WHERE session_key IN (${OWN_AND_DELEGATED}))`,
    key,
  )
  const {calls, ...usage} = sum ?? {calls: 0, input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0}
  const broken = db.get(
    `SELECT 1 FROM turns WHERE session_key = ? AND calls > 0
       AND (status = 'error' OR (status = 'interrupted' AND error IS NULL)) LIMIT 1`,
    key,
  )
  return {calls, usage, spent: spendingOf(db, key), ...(broken ? {estimated: true} : {})}
}
