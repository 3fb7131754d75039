import {loadConfig} from '../config/index.js'
import {policiesOf} from '../policies.js'
import {resolveGatewayCommand} from '../supervisor/command.js'
import type {AskedSessions} from './ask-gateway.js'
import {listSessions} from './list.js'

/** The sessions of the gateway that `hermes chat` would start here: the built-in one's are read from its database. */
export async function sessionsHere(request: {
  cwd: string
  env: NodeJS.ProcessEnv
  limit: number
  search: string | undefined
}): Promise<AskedSessions> {
  const {cwd, env, limit, search} = request
  const {values} = await loadConfig({cwd, env, flags: {}})
  const configured = values['gateway.command']
  if (configured === undefined) return {sessions: await listSessions({env, limit, search}), note: undefined}
  const launch = resolveGatewayCommand({configured, env, builtinEntry: '', execPath: process.execPath, cwd})
  const {askGateway} = await import('./ask-gateway.js')
  return askGateway(policiesOf(values, launch, {gateway: {standby: false}}).gateway, {limit, search})
}
