import {AgentJournals} from '../acp/journal/journal.js'
import {messagesOf, type StoredAgentSession} from '../acp/journal/records.js'
import {exitCodes, HermesError} from '../errors.js'
import {hermesHome} from '../platform.js'
import type {ListedSession} from './match.js'

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
  const {key, title, turns, lastActive: lastActiveAt} = stored
  free(env, stored, 'deleted')
  const preview = turns[0]?.text ?? ''
  const session = {key, title: title || null, preview, lastActiveAt, messageCount: messagesOf(stored).length}
  if (!(await agree(session))) return {session, deleted: false}
  // It may have been opened while the person was asked.
  free(env, stored, 'deleted').remove(key)
  return {session, deleted: true}
}

/** Throws `session/owned-elsewhere` where another program has it open. `undone`: what is not done to it. */
function free(env: NodeJS.ProcessEnv, {agent, key}: StoredAgentSession, undone: string): AgentJournals {
  const journals = new AgentJournals(hermesHome(env), agent)
  const holder = journals.holder(key)
  if (!holder) return journals
  throw new HermesError(`session ${key} is open in another hermes (pid ${holder.pid}): it was not ${undone}`, {
    code: 'session/owned-elsewhere',
    exit: exitCodes.sessionElsewhere,
    suggestions: ['leave it there, by /quit'],
  })
}
