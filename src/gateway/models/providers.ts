import {builtInProviders, type ProviderKind} from './catalog.js'
import type {ModelSettings} from './types.js'

/** A provider with everything that is needed to call it. */
export interface Provider {
  name: string
  kind: ProviderKind
  baseUrl: string
  apiKey: string | undefined
  /** Variables that would supply the key, for the message when it is missing. */
  keyVariables: readonly string[]
  /** False for servers that are used without one. */
  keyRequired: boolean
  headers: Readonly<Record<string, string>>
  /** Names from the configuration. */
  models: readonly string[]
  local: boolean
  source: 'built-in' | 'configuration'
}

/** The provider of that name, from the built-in table and the settings; undefined when there is none. */
export function findProvider(settings: ModelSettings, name: string, localServers: LocalServers): Provider | undefined {
  const known = builtInProviders.find((provider) => provider.name === name)
  const own = Object.hasOwn(settings.providers, name) ? settings.providers[name] : undefined
  if (!known && !own?.baseUrl) return undefined

  const environmentUrl = known?.baseUrlVariable ? variable(settings.env, known.baseUrlVariable) : undefined
  const otherUrl = own?.baseUrl ?? environmentUrl ?? (known?.local ? localServers[name] : undefined)
  const baseUrl = (otherUrl ?? known?.baseUrl ?? '').replace(/\/+$/, '')
  const keyVariables = known ? known.keyVariables : [customKeyVariable(name)]
  const apiKey = own?.apiKey?.trim() || keyVariables.map((key) => variable(settings.env, key)).find(Boolean)
  return {
    name,
    kind: own?.kind ?? kindAt(known?.kind, known?.baseUrl, baseUrl),
    baseUrl,
    apiKey,
    keyVariables,
    // Somebody's own server may want a key or not; it says so with 401.
    keyRequired: known !== undefined && !known.local && sameHost(known.baseUrl, baseUrl),
    headers: own?.headers ?? {},
    models: own?.models ?? [],
    local: known?.local ?? false,
    source: own ? 'configuration' : 'built-in',
  }
}

/** Base addresses of local servers by provider name; replaces the built-in ports. */
export type LocalServers = Readonly<Record<string, string>>

/** Names of all providers: built-in first, then the configured ones. */
export function providerNames(settings: ModelSettings): string[] {
  const names = builtInProviders.map((provider) => provider.name)
  const own = Object.keys(settings.providers).filter((name) => settings.providers[name]?.baseUrl)
  return [...new Set([...names, ...own])]
}

/** `HERMES_MY_SERVER_API_KEY` for a provider called `my-server`. */
export function customKeyVariable(name: string): string {
  return `HERMES_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_API_KEY`
}

/** True when it can be called as it is. */
export function isUsable(provider: Provider): boolean {
  return provider.apiKey !== undefined || !provider.keyRequired
}

/**
 * OPENAI_BASE_URL usually names a server that has chat completions and not OpenAI's newer Responses
 * API, so that only OpenAI's own address gets OpenAI's own client.
 */
function kindAt(kind: ProviderKind | undefined, ownUrl: string | undefined, baseUrl: string): ProviderKind {
  if (!kind) return 'openai-compatible'
  if (kind === 'openai' && ownUrl && !sameHost(ownUrl, baseUrl)) return 'openai-compatible'
  return kind
}

function sameHost(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).host === new URL(b).host
}

function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name]?.trim() || undefined
}
