import type {ToolState} from '../../protocol/methods.js'
import type {ToolCall} from '../models/types.js'
import {foldTurn} from './fold.js'
import {decodeJournal, type Journaled, type JournalRow} from './journal-codec.js'
import type {Database, Row} from './sqlite/database.js'
import {stateOf} from './tool-state.js'
import type {MessageRow, MessageStatus} from './types.js'

interface MessageColumns extends Row {
  id: number
  turn_id: number | null
  prompt_id: string | null
  created_at: number
  role: string
  text: string
  reasoning: string
  status: string
  tool_calls: string | null
  signed: string | null
  tool_id: string | null
  tool_name: string | null
  tool_context: string | null
  tool_args: string | null
  tool_result: string | null
  tool_duration_s: number | null
  tool_state: string | null
}

const COLUMNS = `m.id, m.turn_id, t.prompt_id, m.created_at, m.role, m.text, m.reasoning, m.status, m.tool_calls, m.signed,
  m.tool_id, m.tool_name, m.tool_context, m.tool_args, m.tool_result, m.tool_duration_s, m.tool_state`

/**
 * What is shown of a session, in order, with the journal of a running turn folded in. With `newest`
 * only the turns that hold that many of the newest messages: of 10 000 a resume needs 200.
 */
export function messagesOf(db: Database, key: string, newest?: number): MessageRow[] {
  const first = newest === undefined ? undefined : turnOfNewest(db, key, newest)
  const messages = db
    .all<MessageColumns>(
      `SELECT ${COLUMNS} FROM messages m LEFT JOIN turns t ON t.id = m.turn_id
       WHERE m.session_key = ? AND m.hidden = 0 ${first === undefined ? '' : 'AND m.turn_id >= ?'}
       ORDER BY m.turn_id, m.id`,
      ...(first === undefined ? [key] : [key, first]),
    )
    .map(toMessage)
  return runningTurns(db, key).reduce((all, turnId) => {
    const first = all.findIndex((message) => message.turnId === turnId)
    const last = all.findLastIndex((message) => message.turnId === turnId)
    if (first === -1) return all
    const folded = foldTurn(all.slice(first, last + 1), journalOf(db, turnId), 'running')
    return [...all.slice(0, first), ...folded.messages, ...all.slice(last + 1)]
  }, messages)
}

/** The turn of the oldest of the newest messages; undefined where there are no more, or it is older than all turns. */
function turnOfNewest(db: Database, key: string, newest: number): number | undefined {
  const row = db.get<{turn_id: number | null}>(
    'SELECT turn_id FROM messages WHERE session_key = ? AND hidden = 0 ORDER BY turn_id DESC, id DESC LIMIT 1 OFFSET ?',
    key,
    Math.max(0, newest - 1),
  )
  return row?.turn_id ?? undefined
}

export function countMessages(db: Database, key: string): number {
  if (runningTurns(db, key).length > 0) return messagesOf(db, key).length
  const row = db.get<{n: number}>('SELECT count(*) AS n FROM messages WHERE session_key = ? AND hidden = 0', key)
  return row?.n ?? 0
}

function runningTurns(db: Database, key: string): number[] {
  return db
    .all<{id: number}>(`SELECT id FROM turns WHERE session_key = ? AND status = 'running' ORDER BY id`, key)
    .map(({id}) => id)
}

export function messagesOfTurn(db: Database, turnId: number): MessageRow[] {
  return db
    .all<MessageColumns>(
      `SELECT ${COLUMNS} FROM messages m LEFT JOIN turns t ON t.id = m.turn_id WHERE m.turn_id = ? ORDER BY m.id`,
      turnId,
    )
    .map(toMessage)
}

export function journalOf(db: Database, turnId: number): Journaled[] {
  return decodeJournal(db.all<JournalRow>('SELECT at, kind, data FROM journal WHERE turn_id = ? ORDER BY seq', turnId))
}

export function insertPrompt(db: Database, key: string, turnId: number, at: number, text: string): void {
  insertMessage(db, key, {
    id: 0,
    turnId,
    promptId: null,
    createdAt: at,
    role: 'user',
    text,
    reasoning: '',
    status: 'complete',
    toolCalls: [],
    signed: null,
    tool: null,
  })
}

/** Makes messages of the turn's journal and empties it. */
export function foldJournal(db: Database, key: string, turnId: number, end: MessageStatus): void {
  const folded = foldTurn(messagesOfTurn(db, turnId), journalOf(db, turnId), end)
  for (const message of folded.changed) updateMessage(db, message)
  for (const message of folded.added) insertMessage(db, key, message)
  db.run('DELETE FROM journal WHERE turn_id = ?', turnId)
}

export function insertMessage(db: Database, key: string, message: MessageRow): void {
  db.run(
    `INSERT INTO messages(session_key, turn_id, created_at, role, text, reasoning, status, tool_calls,
       signed, tool_id, tool_name, tool_context, tool_args, tool_result, tool_duration_s, tool_state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    message.turnId,
    message.createdAt,
    message.role,
    message.text,
    message.reasoning,
    message.status,
    message.toolCalls.length > 0 ? JSON.stringify(message.toolCalls) : null,
    message.signed,
    ...toolColumns(message),
  )
}

function updateMessage(db: Database, message: MessageRow): void {
  db.run(
    `UPDATE messages SET text = ?, reasoning = ?, status = ?, tool_calls = ?,
       signed = ?, tool_id = ?, tool_name = ?, tool_context = ?, tool_args = ?, tool_result = ?, tool_duration_s = ?,
       tool_state = ?
     WHERE id = ?`,
    message.text,
    message.reasoning,
    message.status,
    message.toolCalls.length > 0 ? JSON.stringify(message.toolCalls) : null,
    message.signed,
    ...toolColumns(message),
    message.id,
  )
}

function toolColumns({tool}: MessageRow): (string | number | null)[] {
  if (!tool) return [null, null, null, null, null, null, null]
  const {id, name, context, args, result, durationS, state} = tool
  return [id, name, context, toJson(args), toJson(result), durationS, state]
}

function toMessage(row: MessageColumns): MessageRow {
  const result = fromJson(row.tool_result)
  return {
    id: row.id,
    turnId: row.turn_id,
    promptId: row.prompt_id,
    createdAt: row.created_at,
    role: row.role as MessageRow['role'],
    text: row.text,
    reasoning: row.reasoning,
    status: row.status as MessageStatus,
    toolCalls: row.tool_calls === null ? [] : (JSON.parse(row.tool_calls) as ToolCall[]),
    signed: row.signed,
    tool:
      row.tool_id === null
        ? null
        : {
            id: row.tool_id,
            name: row.tool_name ?? '',
            context: row.tool_context ?? '',
            args: fromJson(row.tool_args),
            state: (row.tool_state as ToolState | null) ?? stateOf(result),
            result,
            durationS: row.tool_duration_s,
          },
  }
}

function toJson(value: unknown): string | null {
  return JSON.stringify(value) ?? null
}

function fromJson(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text)
}
