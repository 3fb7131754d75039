import {existsSync} from 'node:fs'
import {allAgentSessions} from '../acp/journal/journal.js'
import type {StoredAgentSession} from '../acp/journal/records.js'
import {hermesHome, homeFiles} from '../platform.js'
import {loadSqlite} from '../sqlite.js'
import type {SessionTarget} from '../supervisor/types.js'
import {findAgentSession} from './agents.js'
import {sessionNames} from './names.js'

/** The agent that a session was held with. */
export interface SessionAgent {
  /** What starts it again: its name, or its command. */
  words: readonly string[]
  key: string
}

/**
 * The agent that has to be started for what `--resume` or `--continue` names; undefined where it is a session of the
 * gateway, or none. A title that the gateway has too is the gateway's; `-c` means the one of this folder in which something
 * happened last.
 */
export function agentOf(
  target: SessionTarget,
  {cwd, env}: {cwd: string; env: NodeJS.ProcessEnv},
): SessionAgent | undefined {
  if (!existsSync(`${hermesHome(env)}/agents`)) return undefined
  if (target.kind === 'stored') {
    const found = findAgentSession(env, target.key)
    if (!found) return undefined
    const isTitle = found.key !== target.key
    if (isTitle && sessionNames({env, limit: 10_000}).some(({title}) => title === target.key)) return undefined
    return toAgent(found)
  }
  if (target.kind !== 'latest') return undefined
  const latest = allAgentSessions(hermesHome(env)).find((stored) => stored.cwd === cwd)
  return latest && latest.lastActive > lastOfGateway(cwd, env) ? toAgent(latest) : undefined
}

const toAgent = ({words, key}: StoredAgentSession): SessionAgent => ({words, key})

/** When something happened last in a session of the gateway in that folder; UTC, milliseconds, 0: never. */
function lastOfGateway(cwd: string, env: NodeJS.ProcessEnv): number {
  const {database} = homeFiles(hermesHome(env))
  if (!existsSync(database)) return 0
  try {
    const {DatabaseSync} = loadSqlite()
    const db = new DatabaseSync(database, {readOnly: true, timeout: 200})
    try {
      const [row] = db
        .prepare('SELECT max(last_active_at) AS at FROM sessions WHERE maker IS NULL AND cwd = ?')
        .all(cwd)
      return Number(row?.at ?? 0)
    } finally {
      db.close()
    }
  } catch {
    // It is the gateway's to say what is wrong with it.
    return Number.POSITIVE_INFINITY
  }
}
