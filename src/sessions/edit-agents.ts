import {AgentJournals, allAgentSessions} from '../acp/journal/journal.js'
import {messagesOf, type StoredAgentSession} from '../acp/journal/records.js'
import {previewOf} from '../acp/journal/search.js'
import {exitCodes, HermesError} from '../errors.js'
import {runningGateway} from '../hand-over/running.js'
import {hermesHome, homeFiles} from '../platform.js'
import type {ListedSession} from './match.js'
import {ownedElsewhere} from './stored.js'

/** Gives a session that was held with an agent another title. Returns it as it is stored. */
export function renameAgentSession(
  env: NodeJS.ProcessEnv,
  stored: StoredAgentSession,
  wanted: string,
): {key: string; title: string} {
  const title = wanted.replace(/\s+/g, ' ').trim()
  if (title === '') {
    throw new HermesError('the title is empty', {code: 'session/bad-title', exit: exitCodes.usage})
  }
  free(env, stored, 'renamed').add(stored.key, {t: 'title', title})
  return {key: stored.key, title}
}

/** Deletes it for good, once `agree` says so. The agent keeps what it has of it. */
export async function deleteAgentSession(
  env: NodeJS.ProcessEnv,
  stored: StoredAgentSession,
  agree: (session: ListedSession) => Promise<boolean>,
): Promise<{session: ListedSession; deleted: boolean}> {
  free(env, stored, 'deleted')
  const session = listed(stored)
  if (!(await agree(session))) return {session, deleted: false}
  // It may have been opened while the person was asked.
  free(env, stored, 'deleted').remove(stored.key)
  return {session, deleted: true}
}

/** Those in which nothing happened since `before`; `held`: of them, what another program has open. */
export function oldAgentSessions(
  env: NodeJS.ProcessEnv,
  before: number,
): {old: ListedSession[]; held: ListedSession[]; remove: () => string[]} {
  const home = hermesHome(env)
  const all = allAgentSessions(home).filter(({lastActive}) => lastActive < before)
  const isHeld = ({agent, key}: StoredAgentSession) => new AgentJournals(home, agent).holder(key) !== undefined
  const held = all.filter(isHeld)
  const old = all.filter((stored) => !held.includes(stored))
  /** Returns the keys of those that are gone. */
  const remove = () =>
    old.flatMap(({agent, key}) => {
      const journals = new AgentJournals(home, agent)
      const now = journals.read(key)
      // Somebody may have gone on with it while the person was asked.
      if (!now || now.lastActive >= before || journals.holder(key)) return []
      journals.remove(key)
      return [key]
    })
  return {old: old.map(listed), held: held.map(listed), remove}
}

function listed(stored: StoredAgentSession): ListedSession {
  const {key, title, lastActive} = stored
  const facts = {preview: previewOf(stored), messageCount: messagesOf(stored).length}
  return {key, title: title || null, lastActiveAt: lastActive, ...facts}
}

/** Throws `session/owned-elsewhere` where another program has it open. `undone`: what is not done to it. */
function free(env: NodeJS.ProcessEnv, {agent, key}: StoredAgentSession, undone: string): AgentJournals {
  const journals = new AgentJournals(hermesHome(env), agent)
  const holder = journals.holder(key)
  if (!holder) return journals
  const detached = runningGateway(homeFiles(hermesHome(env)).runs, holder.pid)?.detachedAt !== undefined
  throw ownedElsewhere({key, pid: holder.pid, detached}, undone)
}
