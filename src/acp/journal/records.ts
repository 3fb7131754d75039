import type {InterruptedTurn, ToolState, WireMessage} from '../../protocol/methods.js'
import type {StopReason} from '../../protocol/stop-reason.js'

/** One line of a session's journal. What an agent streams is written as it comes, before it is shown. */
export type AgentRecord =
  /** `words`: what started the agent, its name or its command. */
  | {t: 'session'; key: string; agent: string; words?: readonly string[]; cwd: string; at: number}
  /** The agent's own id, when it minted it, and how often it has loaded it. */
  | {t: 'agent-session'; id: string; at: number; loads?: number}
  | {t: 'title'; title: string}
  | {t: 'prompt'; id: string; text: string; at: number}
  | {t: 'text'; text: string}
  | {t: 'reasoning'; text: string}
  | {t: 'tool'; id: string; name: string; context: string}
  | {t: 'tool-end'; id: string; status: ToolState; result?: unknown}
  | {t: 'end'; status: 'complete' | 'interrupted' | 'error'; stop?: StopReason; warning?: string; at: number}
  /** The agent died when it was asked for its session. */
  | {t: 'load-died'; at: number}
  /** Another process goes on with the session, and found its last turn without an end. */
  | {t: 'died'; at: number}
  /** The prompt of a broken turn is gone on with. */
  | {t: 'continue'; at: number}
  /** The last prompt and what came of it are taken back. */
  | {t: 'undo'}
  /** A yes that holds for the session. */
  | {t: 'rule'; rule: string; removed?: boolean}

/** An agent that died so often when it was asked for a session is not asked for it again. */
const DEADLY_LOADS = 2

export interface AgentTurn {
  id: string
  text: string
  messages: WireMessage[]
  status: 'open' | 'complete' | 'interrupted' | 'error'
  stop?: StopReason | undefined
  warning?: string | undefined
  deaths: number
  startedAt: number
  /** Undefined: it has no end yet. */
  endedAt?: number | undefined
}

/** What a journal tells. */
export interface StoredAgentSession {
  key: string
  agent: string
  /** What starts it again: its name, or its command. */
  words: readonly string[]
  cwd: string
  startedAt: number
  lastActive: number
  title: string
  /** `deadly`: the agent died whenever it was asked for it of late. */
  agentSession: {id: string; at: number; loads: number; deadly: boolean} | undefined
  turns: readonly AgentTurn[]
  rules: readonly string[]
}

/** Undefined for what is no journal. */
export function readRecords(records: readonly AgentRecord[]): StoredAgentSession | undefined {
  const [first] = records
  if (first?.t !== 'session') return undefined
  const session = {
    key: first.key,
    agent: first.agent,
    words: first.words ?? [first.agent],
    cwd: first.cwd,
    startedAt: first.at,
    lastActive: first.at,
    title: '',
    agentSession: undefined as StoredAgentSession['agentSession'],
    turns: [] as AgentTurn[],
    rules: new Set<string>(),
  }
  let loadDeaths = 0
  for (const record of records) {
    const turn = session.turns.at(-1)
    // That it was opened is no work in it.
    if ('at' in record && record.t !== 'agent-session' && record.t !== 'load-died') session.lastActive = record.at
    switch (record.t) {
      case 'agent-session':
        session.agentSession = {id: record.id, at: record.at, loads: record.loads ?? 0, deadly: false}
        loadDeaths = 0
        break
      case 'load-died':
        loadDeaths += 1
        break
      case 'title':
        session.title = record.title
        break
      case 'prompt': {
        const prompt: WireMessage = {role: 'user', text: record.text, prompt_id: record.id}
        const {id, text, at: startedAt} = record
        session.turns.push({id, text, messages: [prompt], status: 'open', deaths: 0, startedAt})
        loadDeaths = 0
        break
      }
      case 'text':
      case 'reasoning':
        if (turn) grow(turn.messages, record)
        break
      case 'tool': {
        const known = turn?.messages.find(({tool_id: id}) => id === record.id)
        if (known) Object.assign(known, {name: record.name, context: record.context})
        else {
          const {id, name, context} = record
          turn?.messages.push({role: 'tool', tool_id: id, name, context, status: 'unknown'})
        }
        break
      }
      case 'tool-end': {
        const tool = turn?.messages.find(({tool_id: id}) => id === record.id)
        if (!tool) break
        tool.result = record.result
        if (record.status === 'complete') delete tool.status
        else tool.status = record.status
        break
      }
      case 'end':
        if (turn) {
          const {status, stop, warning, at: endedAt} = record
          Object.assign(turn, {status, stop, warning, endedAt})
        }
        break
      case 'died':
        if (turn) {
          turn.status = 'interrupted'
          turn.deaths += 1
          turn.endedAt = record.at
        }
        break
      case 'continue':
        if (turn) turn.status = 'open'
        loadDeaths = 0
        break
      case 'undo':
        session.turns.pop()
        break
      case 'rule':
        if (record.removed) session.rules.delete(record.rule)
        else session.rules.add(record.rule)
    }
  }
  if (session.agentSession) session.agentSession.deadly = loadDeaths >= DEADLY_LOADS
  return {...session, rules: [...session.rules]}
}

/** All messages, as resume and history tell them. */
export function messagesOf({turns}: Pick<StoredAgentSession, 'turns'>): WireMessage[] {
  return turns.flatMap(({messages, status}) => {
    const last = messages.findLastIndex(({role}) => role === 'assistant')
    return messages.map((message, index) =>
      index === last && (status === 'interrupted' || status === 'error') ? {...message, status} : message,
    )
  })
}

/** The last turn, where it broke off. */
export function interruptedOf({turns}: Pick<StoredAgentSession, 'turns'>): InterruptedTurn | null {
  const turn = turns.at(-1)
  if (turn?.status !== 'interrupted') return null
  const of = (role: WireMessage['role']) => turn.messages.filter((message) => message.role === role)
  return {
    prompt_id: turn.id,
    user: turn.text,
    assistant: of('assistant')
      .flatMap(({text}) => text || [])
      .join('\n\n'),
    reasoning: of('assistant')
      .map(({reasoning = ''}) => reasoning)
      .join(''),
    tools: of('tool').map(({tool_id = '', name = '', context = '', result, status}) => ({
      tool_id,
      name,
      context,
      ...(result === undefined ? {} : {result}),
      status: status === undefined || status === 'interrupted' || status === 'error' ? 'complete' : status,
    })),
    deaths: turn.deaths,
  }
}

function grow(messages: WireMessage[], {t, text}: {t: 'text' | 'reasoning'; text: string}): void {
  let last = messages.at(-1)
  // Reasoning behind a text begins another message, as the model's next step does.
  if (last?.role !== 'assistant' || (t === 'reasoning' && last.text)) {
    last = {role: 'assistant'}
    messages.push(last)
  }
  if (t === 'text') last.text = (last.text ?? '') + text
  else last.reasoning = (last.reasoning ?? '') + text
}
