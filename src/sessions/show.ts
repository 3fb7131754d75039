import {entriesOf, headOf, noUsage} from '../acp/journal/entries.js'
import {AgentJournals} from '../acp/journal/journal.js'
import type {StoredAgentSession} from '../acp/journal/records.js'
import type {MessageEntry, MessageRow, SessionSummary, Usages} from '../gateway/store/types.js'
import {hermesHome} from '../platform.js'
import {ofEither} from './agents.js'
import {findStored, type Holder, holderOf, type Place, withStore} from './stored.js'

export interface ShownSession {
  session: SessionSummary
  usage: Usages
  /** Which other program works on it. */
  holder: Holder | undefined
  /** The newest of its messages, oldest first. */
  messages: MessageRow[]
}

/** A stored session with its newest `limit` messages; also one that was held with another agent. */
export function showSession(place: Place, name: string, limit: number): Promise<ShownSession> {
  return ofEither(place, name, {
    agents: async (stored) => ofAgent(stored, place.env, limit),
    own: () => ofStore(place, name, limit),
  })
}

function ofStore(place: Place, name: string, limit: number): Promise<ShownSession> {
  return withStore(place, {reads: true, name}, (store) => {
    const session = findStored(store, name, place.env)
    const {key} = session
    return {
      session,
      usage: store.usage(key),
      holder: holderOf(store, key, place.env),
      messages: limit === 0 ? [] : store.shownMessages(key, limit).slice(-limit),
    }
  })
}

function ofAgent(stored: StoredAgentSession, env: NodeJS.ProcessEnv, limit: number): ShownSession {
  const messages = [...entriesOf(stored)].flatMap((entry) => ('message' in entry ? [entry.message] : []))
  const holder = new AgentJournals(hermesHome(env), stored.agent).holder(stored.key)
  return {
    session: {...headOf(stored), context: null, preview: '', messageCount: messages.length},
    usage: noUsage,
    holder: holder && {pid: holder.pid, detached: false},
    messages: limit === 0 ? [] : messages.slice(-limit).map(rowOf),
  }
}

const rowOf = ({toolCalls, tool, steerId: _, images: __, ...message}: MessageEntry): MessageRow => ({
  ...message,
  id: 0,
  turnId: null,
  promptId: null,
  toolCalls: toolCalls.map((call) => ({args: undefined, ...call})),
  tool: tool && {args: undefined, result: undefined, ...tool},
})
