import {loadConfig} from '../config/index.js'
import {policiesOf} from '../policies.js'
import {resolveGatewayCommand} from '../supervisor/command.js'
import type {GatewayPolicy} from '../supervisor/types.js'
import type {AskedSessions} from './ask-gateway.js'
import {listSessions} from './list.js'

/** How the gateway is started that `hermes chat` would start here; undefined for the built-in one. */
export async function otherGateway({
  cwd,
  env,
}: {
  cwd: string
  env: NodeJS.ProcessEnv
}): Promise<GatewayPolicy | undefined> {
  const {values} = await loadConfig({cwd, env, flags: {}})
  const configured = values['gateway.command']
  if (configured === undefined) return undefined
  const launch = resolveGatewayCommand({configured, env, builtinEntry: '', execPath: process.execPath, cwd})
  return policiesOf(values, launch, {gateway: {standby: false}}).gateway
}

/**
 * The sessions of the gateway that `hermes chat` would start here (the built-in one's are read from its database), and
 * those that were held with other agents.
 */
export async function sessionsHere(request: {
  cwd: string
  env: NodeJS.ProcessEnv
  limit: number
  search: string | undefined
}): Promise<AskedSessions> {
  const {env, limit, search} = request
  const {sessions, note} = await ofGateway(request)
  const {listAgentSessions} = await import('./agents.js')
  const others = listAgentSessions(env, search)
  if (others.length === 0) return {sessions, note}
  // What a search of the gateway found best stays first.
  const all = search === undefined ? [...sessions, ...others].sort((a, b) => b.time - a.time) : [...sessions, ...others]
  return {sessions: all.slice(0, limit), note}
}

async function ofGateway(request: {
  cwd: string
  env: NodeJS.ProcessEnv
  limit: number
  search: string | undefined
}): Promise<AskedSessions> {
  const {env, limit, search} = request
  const gateway = await otherGateway(request)
  if (!gateway) return {sessions: await listSessions({env, limit, search}), note: undefined}
  const {askGateway} = await import('./ask-gateway.js')
  return askGateway(gateway, {limit, search})
}
