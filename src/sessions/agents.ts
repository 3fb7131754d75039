import {agentSession, allAgentSessions} from '../acp/journal/journal.js'
import {messagesOf, type StoredAgentSession} from '../acp/journal/records.js'
import {HermesError} from '../errors.js'
import {isSessionKey} from '../gateway/ids.js'
import type {MessageEntry, SessionEntry, SessionHead, Usages} from '../gateway/store/types.js'
import {hermesHome} from '../platform.js'
import type {ToolState, WireMessage} from '../protocol/methods.js'
import type {SessionListItem} from './list.js'
import {matched} from './match.js'

/** Characters before and behind what was found. */
const AROUND = 40
const PREVIEW = 60

export const noUsage: Usages = {calls: 0, usage: {input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0}}

/** The sessions that were held with other agents, or those of them in which all words of `search` were said in a message. */
export function listAgentSessions(env: NodeJS.ProcessEnv, search: string | undefined): SessionListItem[] {
  const all = allAgentSessions(hermesHome(env))
  if (search === undefined) return all.map(itemOf)
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  return all.flatMap((stored) => {
    const excerpt = messagesOf(stored).flatMap(({text = ''}) => excerptOf(text, words) ?? [])[0]
    return excerpt === undefined ? [] : [{...itemOf(stored), excerpt, messages: undefined}]
  })
}

/**
 * The session of an agent with that key or title; undefined where none has it. `like`: else the only one whose title has
 * those words.
 */
export function findAgentSession(
  env: NodeJS.ProcessEnv,
  name: string,
  {like = false} = {},
): StoredAgentSession | undefined {
  const home = hermesHome(env)
  const named = agentSession(home, name)
  // A key is no title: not all of them need be read.
  if (named || isSessionKey(name)) return named
  const all = allAgentSessions(home)
  const exact = all.find(({title}) => title !== '' && title === name.trim())
  if (exact || !like) return exact
  const titled = all.map((stored) => ({...stored, lastActiveAt: stored.lastActive}))
  try {
    return matched(name, titled, {exact: false})
  } catch {
    return undefined
  }
}

/**
 * Does what is for a session of the gateway, or for one of an agent: one with that key, else a title of the gateway's,
 * else of an agent's, else the only agent's whose title has those words (`exact`: no such guess).
 */
export async function ofEither<T>(
  {env}: {env: NodeJS.ProcessEnv},
  name: string,
  {
    agents,
    own,
    exact: isExact = false,
  }: {agents: (stored: StoredAgentSession) => Promise<T>; own: () => Promise<T>; exact?: boolean},
): Promise<T> {
  const exact = findAgentSession(env, name)
  if (exact?.key === name) return agents(exact)
  try {
    return await own()
  } catch (error) {
    const isUnknown = error instanceof HermesError && error.code === 'session/not-found'
    const found = isUnknown ? (exact ?? findAgentSession(env, name, {like: !isExact})) : undefined
    if (!found) throw error
    return agents(found)
  }
}

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

function itemOf(stored: StoredAgentSession): SessionListItem {
  const {key, title, agent, cwd, lastActive, turns} = stored
  const preview = (turns[0]?.text ?? '').replace(/\s+/g, ' ').trim()
  return {
    key,
    title: title || undefined,
    excerpt: preview.length > PREVIEW ? `${preview.slice(0, PREVIEW - 1).toWellFormed()}…` : preview,
    time: lastActive,
    messages: messagesOf(stored).length,
    cwd,
    agent,
  }
}

function excerptOf(text: string, words: readonly string[]): string | undefined {
  const low = text.toLowerCase()
  if (!words.every((word) => low.includes(word))) return undefined
  const [word = ''] = words
  const at = low.indexOf(word)
  const [from, to] = [Math.max(0, at - AROUND), at + word.length + AROUND]
  const marked = `${text.slice(from, at)}‹${text.slice(at, at + word.length)}›${text.slice(at + word.length, to)}`
  return `${from > 0 ? '…' : ''}${marked.toWellFormed().replace(/\s+/g, ' ').trim()}${to < text.length ? '…' : ''}`
}
