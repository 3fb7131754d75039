import {errorCodes} from '../../protocol/frames.js'
import {RpcError} from '../rpc-error.js'
import {liveSession} from '../session/live-session.js'
import {free, type MethodTable} from './method.js'

/** Sub-agents are one deep. */
const DEPTH = 1

/** Beside whatever else runs: a person looks at sub-agents while their session works. */
export const agentMethods: MethodTable<'subagent.list' | 'subagent.interrupt' | 'delegation.status'> = {
  'subagent.list': free((gateway, {session_id: id}) => ({
    result: {subagents: liveSession(gateway, id).agents?.active() ?? [], delegations: []},
  })),

  'subagent.interrupt': free(({sessions}, {subagent_id: id}) => {
    if (id.trim() === '') throw new RpcError(errorCodes.empty, 'subagent_id required')
    const found = [...sessions.values()].some(({agents}) => agents?.stop(id))
    return {result: {found, subagent_id: id}}
  }),

  'delegation.status': free(async ({sessions, services}) => {
    const {values} = await services.config()
    const active = [...sessions.values()].flatMap(({agents}) => agents?.active() ?? [])
    const depth = values['agents.enabled'] && values['tools.enabled'] ? DEPTH : 0
    return {result: {active, paused: false, max_spawn_depth: depth, max_concurrent_children: values['agents.parallel']}}
  }),
}
