import type {ProviderConfig} from '../../config/schema.js'
import {createCutMask, isSecretName} from '../../redact/index.js'
import type {Gateway} from '../gateway.js'
import {commandEnv} from '../tools/command/command-env.js'
import type {Tool, ToolContext} from '../tools/types.js'

const MB = 1024 * 1024

/** What the calls of a turn work with. */
export interface Tooling {
  tools: readonly Tool[]
  /** Environment of commands. */
  env: NodeJS.ProcessEnv
  /** Calls that only read, at once. */
  sideBySide: number
  afterEdit: ToolContext['afterEdit']
  /** Of the output of each command so many bytes are kept. */
  keptBytes: number
  /** Commands hand their folder and their exported variables on. */
  keepsShell: boolean
  /** A copy of a tool's result without the secrets that are held back from commands, and without the keys of providers. */
  mask: (result: Record<string, unknown>) => Record<string, unknown>
}

/** `cwd`: whose project may name servers of tools. */
export async function loadTooling(gateway: Gateway, cwd: string): Promise<Tooling> {
  const {services} = gateway
  const [own, {values}] = await Promise.all([services.tools(), services.config()])
  const mcp = values['tools.enabled'] ? await gateway.mcp.toolsAt(cwd) : {tools: [], secrets: []}
  const tools = mcp.tools.length > 0 ? [...own, ...mcp.tools] : own
  const {env, heldBack} = commandEnv(gateway.env, values['tools.env'])
  const secrets = [...heldBack, ...mcp.secrets, ...Object.values(values.providers).flatMap(secretsOf)]
  const registry = await services.registry()
  // A command may print a key after the turn has begun.
  const mask = (result: Record<string, unknown>) => masked(result, createCutMask([...secrets, ...registry.keys()]))
  const commands = values['tools.afterEdit']
  const timeoutMs = values['tools.afterEditTimeoutMs']
  const afterEdit = Object.keys(commands).length > 0 ? {commands, timeoutMs} : undefined
  return {
    tools,
    env,
    sideBySide: values['tools.parallelReads'],
    afterEdit,
    keptBytes: values['tools.keptOutputMb'] * MB,
    keepsShell: values['tools.keepShell'],
    mask: (result) => mask(result) as Record<string, unknown>,
  }
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
