import {agentSession, allAgentSessions} from '../acp/journal/journal.js'
import {messagesOf, type StoredAgentSession} from '../acp/journal/records.js'
import {foundIn, previewOf} from '../acp/journal/search.js'
import {HermesError} from '../errors.js'
import {isSessionKey} from '../gateway/ids.js'
import {hermesHome} from '../platform.js'
import type {SessionListItem} from './list.js'
import {matched} from './match.js'

/** The sessions that were held with other agents, or those of them in which all words of `search` were said in a message. */
export function listAgentSessions(env: NodeJS.ProcessEnv, search: string | undefined): SessionListItem[] {
  const all = allAgentSessions(hermesHome(env))
  if (search === undefined) return all.map(itemOf)
  return all.flatMap((stored) => {
    const found = foundIn(stored, search)
    if (!found) return []
    const excerpt = found.snippet.replaceAll('\u0002', '‹').replaceAll('\u0003', '›')
    return [{...itemOf(stored), excerpt, messages: undefined}]
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

function itemOf(stored: StoredAgentSession): SessionListItem {
  const {key, title, agent, cwd, lastActive} = stored
  return {
    key,
    title: title || undefined,
    excerpt: previewOf(stored),
    time: lastActive,
    messages: messagesOf(stored).length,
    cwd,
    agent,
  }
}
