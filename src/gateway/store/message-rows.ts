import type {ToolState} from '../../protocol/methods.js'
import type {ToolCall} from '../models/types.js'
import {StoredJson} from './contents/stored-json.js'
import type {StoreParts} from './parts.js'
import type {Database, Row} from './sqlite/database.js'
import {stateOf} from './tool-state.js'
import type {MessageRow, MessageStatus, TurnRow} from './types.js'

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
  attached: string | null
  steer_id: string | null
  tool_id: string | null
  tool_name: string | null
  tool_context: string | null
  tool_args: string | null
  tool_result: string | null
  args_file: string | null
  result_file: string | null
  tool_duration_s: number | null
  tool_state: string | null
}

const MESSAGE =
  'm.id, m.turn_id, t.prompt_id, m.created_at, m.role, m.text, m.reasoning, m.status, m.tool_calls, m.steer_id'
const TOOL = 'm.tool_id, m.tool_name, m.tool_context, m.tool_result, m.result_file, m.tool_duration_s, m.tool_state'
const FROM = 'FROM messages m LEFT JOIN turns t ON t.id = m.turn_id'

const WHOLE = `SELECT ${MESSAGE}, ${TOOL}, m.signed, m.attached, m.tool_args, m.args_file ${FROM}`
/** Without what a screen shows nothing of, and may be large. */
const SHOWN = `SELECT ${MESSAGE}, ${TOOL}, NULL AS signed, NULL AS attached, NULL AS tool_args, NULL AS args_file ${FROM}`

/**
 * Messages of a session in order, from the turn `first` on. Values of tools are {@link StoredJson}, and calls without
 * their arguments, which the message of the tool has.
 */
export function messageRows(
  db: Database,
  key: string,
  {first, whole}: {first: number | undefined; whole: boolean},
): MessageRow[] {
  return db
    .all<MessageColumns>(
      `${whole ? WHOLE : SHOWN} WHERE m.session_key = ? AND m.hidden = 0 ${first === undefined ? '' : 'AND m.turn_id >= ?'}
       ORDER BY m.turn_id, m.id`,
      ...(first === undefined ? [key] : [key, first]),
    )
    .map(toMessage)
}

/** As {@link messageRows}, of a turn. */
export function messagesOfTurn(db: Database, turnId: number): MessageRow[] {
  return db.all<MessageColumns>(`${WHOLE} WHERE m.turn_id = ? ORDER BY m.id`, turnId).map(toMessage)
}

export function insertPrompt(
  parts: StoreParts,
  key: string,
  {turnId, at, text}: {turnId: number; at: number; text: string},
): void {
  insertMessage(parts, key, {
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
    attached: null,
    tool: null,
  })
}

export function insertMessage(parts: StoreParts, key: string, message: MessageRow): void {
  parts.db.run(
    `INSERT INTO messages(session_key, turn_id, created_at, role, text, reasoning, status, tool_calls, signed, attached,
       steer_id, tool_id, tool_name, tool_context, tool_args, args_file, tool_result, result_file, tool_duration_s,
       tool_state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    message.turnId,
    message.createdAt,
    message.role,
    message.text,
    message.reasoning,
    message.status,
    callsColumn(message),
    message.signed,
    message.attached,
    message.steerId ?? null,
    ...toolColumns(parts, message),
  )
}

/** Of the prompt of a turn. */
export function attachToPrompt(db: Database, turnId: number, text: string): void {
  db.run(`UPDATE messages SET attached = ? WHERE turn_id = ? AND role = 'user' AND steer_id IS NULL`, text, turnId)
}

export function attachedToPrompt(db: Database, turnId: number): string | undefined {
  const row = db.get<{attached: string | null}>(
    `SELECT attached FROM messages WHERE turn_id = ? AND role = 'user' AND steer_id IS NULL LIMIT 1`,
    turnId,
  )
  return row?.attached ?? undefined
}

/** See {@link Store.attachedBefore}. */
export function attachedBefore(db: Database, turn: TurnRow): string | undefined {
  const before = db.get<{id: number; prompt: string; status: string}>(
    'SELECT id, prompt, status FROM turns WHERE session_key = ? AND id < ? ORDER BY id DESC LIMIT 1',
    turn.sessionKey,
    turn.id,
  )
  const isSentAgain = before?.prompt === turn.prompt && (before.status === 'error' || before.status === 'interrupted')
  return isSentAgain ? attachedToPrompt(db, before.id) : undefined
}

export function updateMessage(parts: StoreParts, message: MessageRow): void {
  parts.db.run(
    `UPDATE messages SET text = ?, reasoning = ?, status = ?, tool_calls = ?, signed = ?,
       tool_id = ?, tool_name = ?, tool_context = ?, tool_args = ?, args_file = ?, tool_result = ?, result_file = ?,
       tool_duration_s = ?, tool_state = ?
     WHERE id = ?`,
    message.text,
    message.reasoning,
    message.status,
    callsColumn(message),
    message.signed,
    ...toolColumns(parts, message),
    message.id,
  )
}

/** The arguments are in the row of the tool, once. */
function callsColumn({toolCalls}: MessageRow): string | null {
  return toolCalls.length > 0 ? JSON.stringify(toolCalls.map(({id, name}) => ({id, name}))) : null
}

function toolColumns({db, contents}: StoreParts, {tool}: MessageRow): (string | number | null)[] {
  if (!tool) return [null, null, null, null, null, null, null, null, null]
  const store = (value: unknown): [text: string | null, file: string | null] => {
    const {stored, made} = contents.put(value)
    if (made !== undefined) db.onRollback(() => contents.remove(made))
    return [stored?.text ?? null, stored?.file ?? null]
  }
  const {id, name, context, args, result, durationS, state} = tool
  return [id, name, context, ...store(args), ...store(result), durationS, state]
}

function toMessage(row: MessageColumns): MessageRow {
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
    attached: row.attached,
    ...(row.steer_id === null ? {} : {steerId: row.steer_id}),
    tool:
      row.tool_id === null
        ? null
        : {
            id: row.tool_id,
            name: row.tool_name ?? '',
            context: row.tool_context ?? '',
            args: StoredJson.inRow(row.tool_args, row.args_file),
            state: (row.tool_state as ToolState | null) ?? stateOf(fromJson(row.tool_result)),
            result: StoredJson.inRow(row.tool_result, row.result_file),
            durationS: row.tool_duration_s,
          },
  }
}

function fromJson(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text)
}
