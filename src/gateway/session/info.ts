import type {SessionInfo, Usage} from '../../protocol/methods.js'
import type {Gateway} from '../gateway.js'
import {toWireUsage} from '../turn/usage.js'
import {gitBranch} from './git-branch.js'
import type {LiveSession} from './live-session.js'

export async function sessionModelId(gateway: Gateway, session: LiveSession): Promise<string> {
  return session.model ?? (await (await gateway.services.registry()).defaultId())
}

export async function sessionUsage(gateway: Gateway, session: LiveSession): Promise<Usage> {
  const store = await gateway.services.store()
  return toWireUsage(await sessionModelId(gateway, session), store.usage(session.key), session.context)
}

/** The reference's number for the shape of SessionInfo. */
const DESKTOP_CONTRACT = 2

/** `lazy`: the short form that create and resume answer with. */
export async function sessionInfo(
  gateway: Gateway,
  session: LiveSession,
  form: 'full' | 'lazy' = 'full',
): Promise<SessionInfo> {
  // Before the name of the model, which may be that of a server that is found only now.
  const sendsTo = form === 'full' ? await (await gateway.services.registry()).destination(session.model) : undefined
  const model = await sessionModelId(gateway, session)
  const slash = model.indexOf('/')
  const base = {
    model,
    provider: slash === -1 ? model : model.slice(0, slash),
    cwd: session.cwd,
    branch: gitBranch(session.cwd),
    skills: {},
    desktop_contract: DESKTOP_CONTRACT,
    profile_name: 'default',
    session_key: session.key,
    title: session.title ?? '',
    permission_mode: await session.permissions.mode(),
    ...(sendsTo ? {sends_to: sendsTo} : {}),
    ...(session.stored ? {usage: await sessionUsage(gateway, session)} : {}),
  }
  if (form === 'lazy') return {...base, tools: {}, lazy: true}
  const tools: Record<string, string[]> = {}
  for (const tool of await gateway.services.tools()) {
    tools[tool.toolset] = [...(tools[tool.toolset] ?? []), tool.name]
  }
  return {
    ...base,
    tools,
    running: session.turn !== undefined,
    version: gateway.version,
  }
}
