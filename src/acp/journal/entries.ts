import type {MessageEntry, SessionEntry, SessionHead, Usages} from '../../gateway/store/types.js'
import type {ToolState, WireMessage} from '../../protocol/methods.js'
import type {StoredAgentSession} from './records.js'

export const noUsage: Usages = {calls: 0, usage: {input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0}}

/** What the file of a session says of it as a whole. */
export function headOf(stored: StoredAgentSession): SessionHead {
  const {key, title, agent, cwd, startedAt, lastActive} = stored
  const rest = {effort: null, endedAt: null, endReason: null, parentKey: null}
  return {key, title: title || null, model: agent, cwd, source: 'acp', startedAt, lastActiveAt: lastActive, ...rest}
}

/** As a file of a session has them. */
export function* entriesOf({turns}: StoredAgentSession): Generator<SessionEntry> {
  for (const {id, text, messages, status, deaths, startedAt, endedAt} of turns) {
    const stored = status === 'open' ? 'interrupted' : status
    const times = {startedAt, endedAt: endedAt ?? null}
    yield {turn: {promptId: id, prompt: text, status: stored, error: null, deaths, usage: noUsage, ...times}}
    const last = messages.findLastIndex(({role}) => role === 'assistant')
    for (const [index, message] of messages.entries()) {
      const calls = callsBehind(messages, index)
      yield {message: entryOf(message, {at: startedAt, calls, status: index === last ? stored : 'complete'})}
    }
  }
}

function entryOf(
  {role, text = '', reasoning = '', tool_id: id = '', name = '', context = '', result, status: state}: WireMessage,
  {at, calls, status}: {at: number; calls: MessageEntry['toolCalls']; status: MessageEntry['status']},
): MessageEntry {
  const known: ToolState = state === undefined || state === 'interrupted' || state === 'error' ? 'complete' : state
  const tool = {id, name, context, state: known, ...(result === undefined ? {} : {result}), durationS: null}
  return {
    createdAt: at,
    role,
    text,
    reasoning,
    status,
    toolCalls: role === 'assistant' ? calls : [],
    signed: null,
    attached: null,
    tool: role === 'tool' ? tool : null,
  }
}

/** What the agent called behind a text of its. */
function callsBehind(messages: readonly WireMessage[], index: number): MessageEntry['toolCalls'] {
  const behind = messages.slice(index + 1)
  const end = behind.findIndex(({role}) => role !== 'tool')
  return behind.slice(0, end < 0 ? undefined : end).map(({tool_id: id = '', name = ''}) => ({id, name}))
}
