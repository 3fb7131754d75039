import {existsSync} from 'node:fs'
import path from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {AgentJournals, allAgentSessions} from '../acp/journal/journal.js'
import type {StoredAgentSession} from '../acp/journal/records.js'
import {runningGateways} from '../hand-over/running.js'
import {hermesHome, homeFiles} from '../platform.js'
import {loadSqlite} from '../sqlite.js'
import type {SessionTarget} from '../supervisor/types.js'
import {findAgentSession} from './agents.js'
import {sessionNames} from './names.js'

/** As of the gateway's own sessions. */
const UNFINISHED_AMONG = 50

/** The agent that a session was held with. */
export interface SessionAgent {
  /** What starts it again: its name, or its command. */
  words: readonly string[]
  key: string
}

/**
 * The agent that has to be started for what `--resume` or `--continue` names; undefined where it is a session of the
 * gateway, or none. A title that the gateway has too is the gateway's. `-c`: where the gateway has nothing that works or
 * was cut off, the agents' session that was, else the one of this folder in which something happened last.
 */
export function agentOf(
  target: SessionTarget,
  {cwd, env}: {cwd: string; env: NodeJS.ProcessEnv},
): SessionAgent | undefined {
  const home = hermesHome(env)
  if (!existsSync(path.join(home, 'agents'))) return undefined
  if (target.kind === 'stored') {
    const found = findAgentSession(env, target.key)
    if (!found) return undefined
    const isTitle = found.key !== target.key
    if (isTitle && sessionNames({env, limit: 10_000}).some(({title}) => title === target.key)) return undefined
    return toAgent(found)
  }
  if (target.kind !== 'latest') return undefined
  const gateway = stateOfGateway(cwd, env)
  const left = target.unfinished ? leftLast(env) : undefined
  if (left?.agent) return left.agent
  if (target.unfinished && (gateway.works || left)) return undefined
  const {broken, latest} = meant(heldSessions(env).filter(isFree), {cwd, unfinished: target.unfinished})
  if (broken) return toAgent(broken)
  return latest && latest.lastActive > gateway.lastActive ? toAgent(latest) : undefined
}

/**
 * The session that `--agent WORDS --continue` means, where a gateway of that agent has it open without a terminal though
 * nothing runs there: no other may open it. Undefined where the agent's gateway finds it itself, as ever.
 */
export function lingeringWith(
  words: readonly string[],
  {cwd, env, unfinished}: {cwd: string; env: NodeJS.ProcessEnv; unfinished?: boolean | undefined},
): string | undefined {
  const isOfAgent = (agent: readonly string[] | undefined) => isDeepStrictEqual(agent, [...words])
  const left = leftGateways(env).filter(({agent}) => isOfAgent(agent))
  // What works is come back to by that alone.
  if (left.length === 0 || left.some(({sessions}) => sessions.some(({status}) => status !== 'idle'))) return undefined
  const held = heldSessions(env).filter((one) => isOfAgent(one.stored.words))
  const {broken, latest} = meant(held.filter(isFree), {cwd, unfinished})
  const key = (broken ?? latest)?.key
  return held.some(({stored, state}) => stored.key === key && state === 'lingers') ? key : undefined
}

interface Held {
  stored: StoredAgentSession
  /** Of the gateway that has it open. */
  state: 'none' | 'lingers' | 'other'
}

/** What only lingers without a terminal is come back to: its agent has it open, and nobody else may. */
const isFree = ({state}: Held) => state !== 'other'

function heldSessions(env: NodeJS.ProcessEnv): Held[] {
  const home = hermesHome(env)
  const left = new Set(leftGateways(env).map(({pid}) => pid))
  return allAgentSessions(home).map((stored) => {
    const holder = new AgentJournals(home, stored.agent).holder(stored.key)
    return {stored, state: !holder ? 'none' : left.has(holder.pid) ? 'lingers' : 'other'}
  })
}

/** `unfinished`: what was cut off, wherever that was. */
function meant(sessions: readonly Held[], {cwd, unfinished}: {cwd: string; unfinished?: boolean | undefined}) {
  const all = sessions.map(({stored}) => stored)
  const broken = unfinished
    ? all.slice(0, UNFINISHED_AMONG).find(({turns}) => turns.at(-1)?.status === 'open')
    : undefined
  return {broken, latest: all.find((stored) => stored.cwd === cwd)}
}

const toAgent = ({words, key}: StoredAgentSession): SessionAgent => ({words, key})

/** What works without a terminal, of that the one that was left last; with the agent that answers there, if any. */
function leftLast(env: NodeJS.ProcessEnv): {agent: SessionAgent | undefined} | undefined {
  const left = leftGateways(env).sort((a, b) => (b.detachedAt ?? 0) - (a.detachedAt ?? 0))
  const works = left.find(({sessions}) => sessions.some(({status}) => status !== 'idle'))
  const [found] = works ? [works] : left.filter(({agent}) => !agent)
  if (!found) return undefined
  const session = found.sessions.find(({status}) => status !== 'idle')
  return {agent: found.agent && session && {words: found.agent, key: session.key}}
}

/** Those without a terminal. */
const leftGateways = (env: NodeJS.ProcessEnv) =>
  runningGateways(homeFiles(hermesHome(env)).runs).filter(({detachedAt}) => detachedAt !== undefined)

/** `works`: a turn runs, or was cut off and not looked at since. `lastActive`: in that folder; UTC, milliseconds, 0: never. */
function stateOfGateway(cwd: string, env: NodeJS.ProcessEnv): {works: boolean; lastActive: number} {
  const {database} = homeFiles(hermesHome(env))
  if (!existsSync(database)) return {works: false, lastActive: 0}
  try {
    const {DatabaseSync} = loadSqlite()
    const db = new DatabaseSync(database, {readOnly: true, timeout: 200})
    try {
      const [row] = db
        .prepare(
          `SELECT (SELECT max(last_active_at) FROM sessions WHERE maker IS NULL AND cwd = ?) AS at,
             EXISTS (SELECT 1 FROM turns WHERE status = 'running') AS works`,
        )
        .all(cwd)
      return {works: Boolean(row?.works), lastActive: Number(row?.at ?? 0)}
    } finally {
      db.close()
    }
  } catch {
    // It is the gateway's to say what is wrong with it.
    return {works: true, lastActive: Number.POSITIVE_INFINITY}
  }
}
