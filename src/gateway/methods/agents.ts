import {errorCodes} from '../../protocol/frames.js'
import {RpcError} from '../rpc-error.js'
import {liveSession} from '../session/live-session.js'
import type {AgentRow} from '../store/agents/types.js'
import {free, type MethodTable, ordered} from './method.js'

/** Sub-agents are one deep. */
const DEPTH = 1

/** Of those that are over the newest are listed. */
const MAX_ENDED = 20

/** Beside whatever else runs: a person looks at sub-agents while their session works. */
export const agentMethods: MethodTable<
  'prompt.background' | 'subagent.list' | 'subagent.interrupt' | 'delegation.status'
> = {
  'prompt.background': ordered(async (gateway, {session_id: id, text}) => {
    const {startBackground} = await import('../agents/background.js')
    const {started, after} = await startBackground(gateway, liveSession(gateway, id), text)
    return {result: started, after}
  }),

  'subagent.list': free(async (gateway, {session_id: id}) => {
    const session = liveSession(gateway, id)
    const store = await gateway.services.store()
    const rows = session.stored ? store.agents.of(session.key) : []
    const ended = rows.filter(({endedAt}) => endedAt !== null).slice(-MAX_ENDED)
    const beside = rows.filter(({call, endedAt}) => call === null && endedAt === null)
    return {
      result: {
        subagents: session.agents?.active() ?? [],
        background: beside.map(told),
        ended: ended.map(told),
        delegations: [],
      },
    }
  }),

  'subagent.interrupt': free(({sessions}, {subagent_id: id}) => {
    if (id.trim() === '') throw new RpcError(errorCodes.empty, 'subagent_id required')
    const beside = [...sessions.values()].find(({key, beside}) => beside && key === id)
    beside?.interrupt()
    const found = beside?.turn !== undefined || [...sessions.values()].some(({agents}) => agents?.stop(id))
    return {result: {found, subagent_id: id}}
  }),

  'delegation.status': free(async ({sessions, services}) => {
    const {values} = await services.config()
    const active = [...sessions.values()].flatMap(({agents}) => agents?.active() ?? [])
    const depth = values['agents.enabled'] && values['tools.enabled'] ? DEPTH : 0
    return {result: {active, paused: false, max_spawn_depth: depth, max_concurrent_children: values['agents.parallel']}}
  }),
}

function told({key, task, state, place, result, startedAt, endedAt}: AgentRow): Record<string, unknown> {
  return {
    subagent_id: key,
    child_session_id: key,
    name: task.name,
    goal: task.goal.slice(0, 400).toWellFormed(),
    status: state,
    started_at: startedAt / 1000,
    ...(endedAt === null ? {} : {ended_at: endedAt / 1000}),
    ...(place && (result === null || result.changes) ? {branch: place.branch, worktree: place.folder} : {}),
    ...(result ? {api_calls: result.steps, total_tokens: result.tokens} : {}),
  }
}
