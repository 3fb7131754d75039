import {cloudFields, type ModelOptions, type ProviderConfig} from '../../config/schema.js'
import {builtInProviders, type ProviderKind} from './catalog.js'
import {type CloudSettings, cloudSettings, clouds, isCloud, type Lack, lackOf} from './cloud/clouds.js'
import type {ModelSettings} from './types.js'

/** A provider with everything that is needed to call it. */
export interface Provider {
  name: string
  kind: ProviderKind
  baseUrl: string
  apiKey: string | undefined
  /** Program and arguments that print the key. */
  apiKeyCommand: readonly string[] | undefined
  /** Variables that would supply the key, for the message when it is missing. */
  keyVariables: readonly string[]
  /** False for servers that are used without one. */
  keyRequired: boolean
  headers: Readonly<Record<string, string>>
  /** Names from the configuration. */
  models: readonly string[]
  modelOptions: Readonly<Record<string, ModelOptions>>
  local: boolean
  /** A built-in provider at another address than its own. */
  moved: boolean
  source: 'built-in' | 'configuration'
  /** Of a kind that is a cloud. */
  cloud?: CloudSettings
}

/** The provider of that name, from the built-in table and the settings; undefined when there is none. */
export function findProvider(settings: ModelSettings, name: string, localServers: LocalServers): Provider | undefined {
  const own = Object.hasOwn(settings.providers, name) ? settings.providers[name] : undefined
  const known = builtInProviders.find((provider) => provider.name === name && !isServerOfThatName(own, provider.kind))
  const cloudKind = cloudKindOf(own?.kind ?? known?.kind)
  if (!known && !own?.baseUrl && !cloudKind) return undefined

  const cloud = cloudKind && cloudSettings(cloudKind, {name, own, env: settings.env})
  const baseUrlVariable = cloudKind ? clouds[cloudKind].baseUrlVariable : known?.baseUrlVariable
  const given = baseUrlVariable ? variable(settings.env, baseUrlVariable) : undefined
  const environmentUrl = given && known ? addressIn(given, known) : given
  const otherUrl = own?.baseUrl ?? environmentUrl ?? (known?.local ? localServers[name] : undefined)
  const usualUrl = cloudKind ? clouds[cloudKind].address(cloud?.values ?? {}) : known?.baseUrl
  const baseUrl = (otherUrl ?? usualUrl ?? '').replace(/\/+$/, '')
  const named = [...(own?.apiKey ?? '').matchAll(reference)].map(([, key = '']) => key)
  const keyVariables = named.length > 0 ? named : (known?.keyVariables ?? [customKeyVariable(name)])
  const apiKey =
    expanded(own?.apiKey?.trim() ?? '', settings.env) ||
    (named.length > 0 ? undefined : keyVariables.map((key) => variable(settings.env, key)).find(Boolean))
  const headers = Object.entries(own?.headers ?? {}).map(([key, value]) => [key, expanded(value, settings.env)])
  return {
    name,
    kind: own?.kind ?? kindAt(known?.kind, known?.baseUrl, baseUrl),
    ...(cloud ? {cloud} : {}),
    baseUrl,
    apiKey: own?.apiKeyCommand ? undefined : apiKey,
    apiKeyCommand: own?.apiKeyCommand,
    keyVariables,
    // Somebody's own server may want a key or not; it says so with 401.
    keyRequired: named.length > 0 || (known !== undefined && !known.local && sameHost(known.baseUrl, baseUrl)),
    headers: Object.fromEntries(headers),
    models: own?.models ?? [],
    modelOptions: own?.modelOptions ?? {},
    local: known?.local ?? false,
    moved: cloudKind ? otherUrl !== undefined : known !== undefined && !sameHost(known.baseUrl, baseUrl),
    // An address in the environment is as good as one in the configuration: it is no guess.
    source: own || (environmentUrl && known?.local) ? 'configuration' : 'built-in',
  }
}

/** Base addresses of local servers by provider name; replaces the built-in ports. */
export type LocalServers = Readonly<Record<string, string>>

/** Names of all providers: built-in first, then the configured ones. */
export function providerNames(settings: ModelSettings): string[] {
  const names = builtInProviders.map((provider) => provider.name)
  const own = Object.keys(settings.providers).filter((name) => {
    const {baseUrl, kind} = settings.providers[name] ?? {}
    return baseUrl || cloudKindOf(kind)
  })
  return [...new Set([...names, ...own])]
}

/** `HERMES_MY_SERVER_API_KEY` for a provider called `my-server`. */
export function customKeyVariable(name: string): string {
  return `HERMES_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_API_KEY`
}

function cloudKindOf(kind: ProviderKind | undefined) {
  return kind !== undefined && isCloud(kind) ? kind : undefined
}

/**
 * Who only names an address has an OpenAI-compatible server there, as behind every other name: a cloud is called where its
 * kind or one of its settings is named.
 */
function isServerOfThatName(own: ProviderConfig | undefined, kind: ProviderKind): boolean {
  if (!isCloud(kind) || !own?.baseUrl || own.kind !== undefined) return false
  return cloudFields.every((field) => own[field] === undefined)
}

/** What one of a cloud lacks for a call, of that model where one is named. */
export function cloudLack(provider: Provider, model?: string): Lack | undefined {
  const {name, kind, baseUrl, moved, cloud} = provider
  if (!cloud || !isCloud(kind)) return undefined
  return lackOf({name, kind, baseUrl, placed: moved, cloud, hasKey: hasKey(provider)}, model)
}

/** True when it can be called as it is. */
export function isUsable(provider: Provider): boolean {
  if (provider.cloud) return cloudLack(provider) === undefined
  return hasKey(provider) || !provider.keyRequired
}

export function hasKey({apiKey, apiKeyCommand}: Provider): boolean {
  return apiKey !== undefined || apiKeyCommand !== undefined
}

/** Those that have a default, and others. */
export type KnownOptions = ModelOptions &
  Required<Pick<ModelOptions, 'tools' | 'streamUsage' | 'promptCaching' | 'thinkTags'>>

/** What is special about one of its models: under its own name, else under `*`, each option by itself. */
export function optionsFor({kind, modelOptions}: Provider, model: string): KnownOptions {
  const named = (name: string) => (Object.hasOwn(modelOptions, name) ? modelOptions[name] : undefined)
  return {
    tools: true,
    streamUsage: true,
    promptCaching: true,
    images: true,
    // Providers that name their kind say themselves what is reasoning.
    thinkTags: kind === 'openai-compatible' ? 'leading' : 'off',
    ...named('*'),
    ...named(model),
  }
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

/** With the headers of a model beside its own; those of the model win. */
export function withHeadersOf(provider: Provider, {headers}: KnownOptions, env: NodeJS.ProcessEnv): Provider {
  if (!headers) return provider
  const named = Object.entries(provider.headers).map(([key, value]) => [key.toLowerCase(), value])
  const own = Object.entries(headers).map(([key, value]) => [key.toLowerCase(), expanded(value, env)])
  return {...provider, headers: Object.fromEntries([...named, ...own])}
}

/** `${NAME}`: a variable of the environment. */
const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Empty where a variable that it names is not set: half a key is none. */
function expanded(text: string, env: NodeJS.ProcessEnv): string {
  let missing = false
  const whole = text.replace(reference, (_, name: string) => {
    const value = variable(env, name)
    missing ||= value === undefined
    return value ?? ''
  })
  return missing ? '' : whole
}

/**
 * The address of the API out of what programs of others take for one: Ollama's may be `host`, `host:port` or `:port`, and
 * where it listens to all, it is on this machine; neither it nor Anthropic's names the version.
 */
function addressIn(
  given: string,
  {kind, local, baseUrl}: {kind: ProviderKind; local: boolean; baseUrl: string},
): string {
  if (kind !== 'anthropic' && !local) return given
  const usual = new URL(baseUrl)
  const named = /^[a-z][a-z0-9+.-]*:\/\//i.test(given)
  const whole = named ? given : `http://${given.startsWith(':') ? usual.hostname : ''}${given}`
  if (!URL.canParse(whole)) return given
  const url = new URL(whole)
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = usual.hostname
  if (!named && url.port === '') url.port = usual.port
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path === '' ? usual.pathname : path
  return url.href
}
