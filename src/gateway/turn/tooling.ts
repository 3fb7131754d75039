import type {ProviderConfig} from '../../config/schema.js'
import {createCutMask, isSecretName} from '../../redact/index.js'
import type {Gateway} from '../gateway.js'
import {commandEnv} from '../tools/command/command-env.js'
import type {Tool} from '../tools/types.js'

/** What the calls of a turn work with. */
export interface Tooling {
  tools: readonly Tool[]
  /** Environment of commands. */
  env: NodeJS.ProcessEnv
  /** A copy of a tool's result without the secrets that are held back from commands, and without the keys of providers. */
  mask: (result: Record<string, unknown>) => Record<string, unknown>
}

export async function loadTooling(gateway: Gateway): Promise<Tooling> {
  const {services} = gateway
  const [tools, {values}] = await Promise.all([services.tools(), services.config()])
  const {env, heldBack} = commandEnv(gateway.env, values['tools.env'])
  const secrets = [...heldBack, ...Object.values(values.providers).flatMap(secretsOf)]
  const registry = await services.registry()
  // A command may print a key after the turn has begun.
  const mask = (result: Record<string, unknown>) => masked(result, createCutMask([...secrets, ...registry.keys()]))
  return {tools, env, mask: (result) => mask(result) as Record<string, unknown>}
}

/** The key, and what of the headers is one; behind `Bearer` too. */
function secretsOf({apiKey, headers = {}}: ProviderConfig): string[] {
  const secret = Object.entries(headers).flatMap(([name, value]) => (isSecretName(name) ? value : []))
  return [...(apiKey ? [apiKey] : []), ...secret.flatMap((value) => [value, value.replace(/^\w+ +/, '')])]
}

function masked(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map((item) => masked(item, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [mask(name), masked(item, mask)]))
}
