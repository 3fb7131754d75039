import type {Gateway} from '../gateway.js'
import {sessionInfo} from '../session/info.js'
import {liveSession} from '../session/live-session.js'
import {free, type MethodTable, ordered} from './method.js'

/** None waits for the turn: a rule is taken back, and a mode chosen, while the model works. */
export const permissionMethods: MethodTable<'permissions.list' | 'permissions.remove' | 'permissions.mode'> = {
  'permissions.list': free(async (gateway, params) => {
    const {permissions} = liveSession(gateway, params.session_id)
    const [mode, workspace, rules] = await Promise.all([
      permissions.mode(),
      permissions.workspace(),
      permissions.rules(),
    ])
    return {
      result: {
        mode,
        workspace: workspace.roots,
        rules: rules.map(({effect, rule, source}) => ({effect, rule: rule.text, source})),
      },
    }
  }),

  'permissions.remove': free(async (gateway, params) => {
    const {permissions} = liveSession(gateway, params.session_id)
    return {result: {removed: await permissions.remove(params)}}
  }),

  'permissions.mode': ordered((gateway: Gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    session.permissions.setMode(params.mode)
    const after = async () => gateway.emit(session.id, 'session.info', {...(await sessionInfo(gateway, session))})
    return {result: {mode: params.mode}, after: () => void after()}
  }),
}
