import type {InterruptedTurn, SessionOpened, StoredTool, WireMessage} from '../../protocol/methods.js'
import {isPrompt} from '../../protocol/prompt-message.js'
import {compactionLine} from '../compaction/told.js'
import type {CompactionRow, MessageRow, Store, ToolRow, TurnRow} from '../store/types.js'
import {joinContinued} from '../turn/history.js'
import {readStoredEnd} from '../turn/reply-end.js'

/** A tool result above this many characters of JSON is shown by its beginning. */
const MAX_RESULT_CHARS = 64 * 1024

/**
 * All messages of one answer, in bytes of JSON. With the longest prompt (32 MiB) told once more as
 * interrupted, the frame is still one that a client takes.
 */
const MAX_MESSAGES_BYTES = 14 * 1024 * 1024

/** The same of a call that is asked for by itself. */
const MAX_WHOLE_CHARS = 8 * 1024 * 1024

/**
 * Messages as create, resume, activate and history show them; empty ones are left out. Where the session was compacted, or
 * files were put back, a line of the role `system` says so; those from before the first of the rows are left out too.
 */
export function toWireMessages(rows: readonly MessageRow[], told: readonly ToldLine[] = []): WireMessage[] {
  const messages: WireMessage[] = []
  const lines = compactionsAmong(rows, told)
  for (const row of joinContinued(rows)) {
    // Negative: of a message that is in a journal yet.
    while (lines[0] && (row.id < 0 || row.id > lines[0].afterId)) messages.push(lineOf(lines.shift()))
    const message = toWireMessage(row)
    if (message) messages.push(message)
  }
  for (const line of lines) messages.push(lineOf(line))
  return newest(messages)
}

/** A line of the transcript that is no message: on a compaction, or on what was done to files. */
type ToldLine = (Parameters<typeof compactionLine>[0] | {text: string}) & Pick<CompactionRow, 'afterId'>

/** What is to be told between the messages of a session, in order. */
export function toldLines(store: Pick<Store, 'compactions' | 'checkpoints'>, key: string): ToldLine[] {
  const lines = store.checkpoints.lines(key)
  if (lines.length === 0) return store.compactions(key)
  return [...store.compactions(key), ...lines].sort((a, b) => a.afterId - b.afterId)
}

/** Those of which there is a line among the rows. */
export function compactionsAmong<C extends Pick<CompactionRow, 'afterId'>>(
  rows: readonly MessageRow[],
  compactions: readonly C[],
): C[] {
  const first = rows[0]?.id ?? 0
  return compactions.filter(({afterId}) => afterId >= first)
}

function lineOf(line: ToldLine | undefined): WireMessage {
  if (!line) return {role: 'system', text: ''}
  return {role: 'system', text: 'text' in line ? line.text : compactionLine(line)}
}

function toWireMessage(row: MessageRow): WireMessage | undefined {
  if (row.role === 'tool') {
    if (!row.tool) return undefined
    const {id, name, context, state, result} = row.tool
    return {
      role: 'tool',
      name,
      context,
      tool_id: id,
      ...(result === undefined ? {} : {result: shortResult(result)}),
      ...(state === 'complete' ? {} : {status: state}),
    }
  }
  if (row.text === '' && row.reasoning === '') return undefined
  return {
    role: row.role,
    text: row.text,
    ...(row.reasoning ? {reasoning: row.reasoning} : {}),
    ...(isPrompt(row) && row.promptId !== null ? {prompt_id: row.promptId} : {}),
    ...(row.steerId === undefined ? {} : {prompt_id: row.steerId, steered: true}),
    ...(row.role === 'assistant' && row.status !== 'complete' ? {status: row.status} : {}),
  }
}

/** Of a turn that goes on: what is settled. Its calls that are still to end are told as they run. */
export function settledRows(rows: readonly MessageRow[], turn: TurnRow): MessageRow[] {
  return rows.flatMap((row): MessageRow[] => {
    if (row.turnId !== turn.id) return [row]
    if (row.tool?.state === 'asked' || row.tool?.state === 'not-started') return []
    // What it delegated goes on, and its call with it.
    if (row.tool?.state === 'unknown' && row.tool.name === 'delegate_task') return []
    return [{...row, status: 'complete'}]
  })
}

/**
 * Of a turn that runs in this process: what is settled, without the reply that grows, which is told as in flight, and
 * without the calls that run, which are told as they start.
 */
export function settledRowsOf(rows: readonly MessageRow[], turn: TurnRow, running: ReadonlySet<string>): MessageRow[] {
  const last = rows.at(-1)
  const grows = last?.turnId === turn.id && last.role === 'assistant'
  return settledRows(grows ? rows.slice(0, -1) : rows, turn).filter(
    ({turnId, tool}) => turnId !== turn.id || tool === null || !running.has(tool.id),
  )
}

/** What was in flight in a turn that was interrupted. */
export function toInterruptedTurn(rows: readonly MessageRow[], turn: TurnRow): InterruptedTurn {
  const own = joinContinued(rows.filter((row) => row.turnId === turn.id))
  const replies = own.filter((row) => row.role === 'assistant')
  const tools: InterruptedTurn['tools'] = []
  for (const {tool} of own) {
    if (!tool) continue
    const {id, name, context, state: status, result} = tool
    const known = result === undefined ? {} : {result: shortResult(result)}
    tools.push({tool_id: id, name, context, ...known, status})
  }
  return {
    prompt_id: turn.promptId,
    user: turn.prompt,
    ...shownText(replies),
    tools,
    deaths: turn.deaths,
  }
}

/** Why the reply of a turn is not whole; null where it is, or is still to come. */
export function toEndedTurn(turn: TurnRow | undefined): NonNullable<SessionOpened['ended']> | null {
  const end = turn && turn.status !== 'running' ? readStoredEnd(turn.error) : undefined
  return turn && end ? {prompt_id: turn.promptId, stop_reason: end.stopReason, warning: end.warning} : null
}

/** The text of a turn's replies as its deltas showed it: parts between tools are set apart by a blank line. */
export function shownText(replies: readonly MessageRow[]): {assistant: string; reasoning: string} {
  return {
    assistant: replies
      .map((row) => row.text)
      .filter((text) => text !== '')
      .join('\n\n'),
    reasoning: replies.map((row) => row.reasoning).join(''),
  }
}

/** All that is stored of a call. */
export function toStoredTool({id, name, context, state, args, result, durationS}: ToolRow): StoredTool {
  return {
    tool_id: id,
    name,
    context,
    status: state,
    ...(args === undefined ? {} : {args: shortResult(args, MAX_WHOLE_CHARS)}),
    ...(result === undefined ? {} : {result: shortResult(result, MAX_WHOLE_CHARS)}),
    ...(durationS === null ? {} : {duration_s: durationS}),
  }
}

function shortResult(result: unknown, limit = MAX_RESULT_CHARS): unknown {
  const json = JSON.stringify(result) ?? 'null'
  if (json.length <= limit) return result
  return {truncated: true, chars: json.length, preview: json.slice(0, 4096).toWellFormed()}
}

/** As many of the newest messages as one frame takes; a first line tells how many are left out. */
function newest(messages: WireMessage[]): WireMessage[] {
  let bytes = 0
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]
    bytes += Buffer.byteLength(JSON.stringify(message) ?? '')
    if (bytes <= MAX_MESSAGES_BYTES) continue
    const omitted = index + 1
    const note = `${omitted} earlier ${omitted === 1 ? 'message is' : 'messages are'} stored but too large to show here.`
    return [{role: 'system', text: note}, ...messages.slice(omitted)]
  }
  return messages
}
