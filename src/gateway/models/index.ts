import {exitCodes, HermesError} from '../../errors.js'
import {builtInProviders, defaultModels} from './catalog.js'
import {isLoopback, listFoundModels, listModels} from './discovery.js'
import type {CommandKey} from './key-command.js'
import {findProvider, hasKey, isUsable, type LocalServers, type Provider, providerNames} from './providers.js'
import type {Model, ModelOption, ModelRegistry, ModelSettings} from './types.js'

export interface RegistryOptions {
  /** Base addresses of local servers by provider name, instead of their usual ports. */
  localServers?: LocalServers
}

/**
 * All models that the settings give access to. No model is loaded before it is asked for, so that the
 * name of the default one costs a resume nothing, no library before it streams; local servers are
 * asked once, when the answer depends on them.
 */
export function createModelRegistry(settings: ModelSettings, options: RegistryOptions = {}): ModelRegistry {
  const localServers = options.localServers ?? {}
  const models = new Map<string, Model>()
  /** Names by provider, asked once. */
  const listed = new Map<string, Promise<string[]>>()
  /** The default that discovery found: undefined while it was not asked. */
  let discovered: string | undefined

  /** By name of the provider, so that its models share what a command printed. */
  const commandKeys = new Map<string, CommandKey>()

  const provider = (name: string) => findProvider(settings, name, localServers)

  async function commandKeyOf({name, apiKeyCommand}: Provider): Promise<CommandKey | undefined> {
    if (!apiKeyCommand) return undefined
    const {CommandKey} = await import('./key-command.js')
    const known = commandKeys.get(name)
    if (known) return known
    const {keyCommandTimeoutMs: timeoutMs, env} = settings
    const made = new CommandKey(apiKeyCommand, {timeoutMs, env})
    commandKeys.set(name, made)
    return made
  }

  function namesAt(one: Provider): Promise<string[]> {
    let names = listed.get(one.name)
    if (!names) {
      names = isGuessed(one) ? listFoundModels(one) : listConfigured(one)
      listed.set(one.name, names)
    }
    return names
  }

  /** Its list may do without a key that could not be had; the call itself says why. */
  async function listConfigured(one: Provider): Promise<string[]> {
    const key = await commandKeyOf(one)
    const apiKey = await key?.get().catch(() => undefined)
    return listModels(apiKey === undefined ? one : {...one, apiKey}, settings.env)
  }

  /**
   * Providers whose models are only known to themselves, in the order in which they can become the default: configured
   * addresses, which need not be on loopback, since the person typed them; where nothing at all is configured, servers on
   * this machine.
   */
  function askable(): Provider[] {
    const all = providerNames(settings)
      .map(provider)
      .filter((one) => one !== undefined)
    const configured = all.filter((one) => one.kind === 'openai-compatible' && !isGuessed(one) && isUsable(one))
    if (configured.length > 0 || Object.keys(settings.providers).length > 0) return configured
    return settings.discoverLocal ? all.filter((one) => isGuessed(one) && isLoopback(one.baseUrl)) : []
  }

  /** The default, where that can be said without a request that leaves this machine or a command that is run. */
  async function foundUnasked(): Promise<string | undefined> {
    return askable().every(isGuessed) ? await discover() : undefined
  }

  async function discover(): Promise<string> {
    const asked = askable()
    const names = await Promise.all(asked.map(async (one) => (one.models.length > 0 ? one.models : await namesAt(one))))
    const at = names.findIndex((list) => list.length > 0)
    discovered = at === -1 ? 'offline' : `${asked[at]?.name}/${names[at]?.[0]}`
    return discovered
  }

  let byKey: {id: string | undefined} | undefined
  function known(): string | undefined {
    // Nobody sets a key while this process runs; to look for one takes 0.7 ms.
    byKey ??= {id: defaultByKey(provider)}
    return settings.model?.trim() || byKey.id
  }

  async function resolve(id?: string): Promise<Model> {
    const wanted = id?.trim() || known() || (await discover())
    const model = models.get(wanted) ?? (await create(wanted))
    // One id is one object: it keeps its connections.
    models.set(wanted, model)
    return model
  }

  async function create(id: string): Promise<Model> {
    const slash = id.indexOf('/')
    const name = slash === -1 ? id : id.slice(0, slash)
    const rest = slash === -1 ? '' : id.slice(slash + 1)
    if (name === 'offline') {
      const {createOfflineModel, offlineNames} = await import('./offline/index.js')
      const meant = offlineNames.map((one) => `offline/${one}`)
      return createOfflineModel(rest) ?? unknownModel(id, meant)
    }
    const one = provider(name)
    if (!one) return unknownModel(id, await suggestionsFor(id, settings))
    const standard = one.kind === 'openai-compatible' ? undefined : defaultModels[name]
    const model = rest || one.models[0] || standard || (await namesAt(one))[0]
    if (!model) return unknownModel(id, [`${name}/MODEL, as ${one.baseUrl}/models names it`])
    const {createSdkModel} = await import('./sdk-model.js')
    return createSdkModel(one, model, settings, await commandKeyOf(one))
  }

  return {
    resolve,
    async defaultId() {
      return known() ?? discovered ?? 'offline'
    },
    async configured() {
      // A command that prints a key is run for a prompt, and not for this.
      const id = known() ?? discovered
      if (id === undefined && askable().some(({apiKeyCommand}) => apiKeyCommand)) return true
      return !isOffline(id ?? (await discover()))
    },
    async options() {
      const groups = await Promise.all(
        providerNames(settings).map(async (name) => {
          const one = provider(name)
          return one ? await optionsOf(one, settings, namesAt) : []
        }),
      )
      const {offlineNames} = await import('./offline/index.js')
      const offline: ModelOption[] = ['offline', ...offlineNames.map((name) => `offline/${name}`)].map((id) => ({
        id,
        source: 'built-in',
      }))
      const chosen: ModelOption[] = settings.model?.trim() ? [{id: settings.model.trim(), source: 'configuration'}] : []
      return unique([...chosen, ...groups.flat(), ...offline])
    },
    async destination(id) {
      const model = id?.trim() || known() || discovered || (await foundUnasked())
      const one = model && !isOffline(model) ? provider(model.split('/', 1)[0] ?? model) : undefined
      const found = one !== undefined && isGuessed(one) && model === discovered
      return one && (found || one.moved) && URL.canParse(one.baseUrl)
        ? {host: new URL(one.baseUrl).host, found}
        : undefined
    },
    keys: () => [...commandKeys.values()].flatMap(({printed}) => printed),
  }
}

/** The model of the first provider that has a key and whose models we know. */
function defaultByKey(provider: (name: string) => Provider | undefined): string | undefined {
  for (const {name} of builtInProviders) {
    const one = provider(name)
    if (!one || !hasKey(one) || one.local) continue
    const model = one.models[0] ?? (one.kind === 'openai-compatible' ? undefined : defaultModels[name])
    if (model) return `${name}/${model}`
  }
  return undefined
}

function isOffline(id: string): boolean {
  return id === 'offline' || id.startsWith('offline/')
}

/** A local server that nobody mentioned: it may be there or not. */
function isGuessed(one: Provider): boolean {
  return one.local && one.source === 'built-in'
}

async function optionsOf(
  one: Provider,
  settings: ModelSettings,
  namesAt: (provider: Provider) => Promise<string[]>,
): Promise<ModelOption[]> {
  if (!isUsable(one) || (isGuessed(one) && !(settings.discoverLocal && isLoopback(one.baseUrl)))) return []
  const source = one.source === 'configuration' ? 'configuration' : one.local ? 'local' : 'environment'
  const standard = one.kind === 'openai-compatible' ? undefined : defaultModels[one.name]
  const names = one.models.length > 0 ? one.models : standard ? [standard] : await namesAt(one)
  return names.map((name) => ({id: `${one.name}/${name}`, source}))
}

/** The first of each id. */
function unique(options: readonly ModelOption[]): ModelOption[] {
  return options.filter((option, index) => options.findIndex(({id}) => id === option.id) === index)
}

function unknownModel(id: string, meant: readonly string[]): never {
  throw new HermesError(`no model is called ${JSON.stringify(id)}: write it as provider/name`, {
    code: 'provider/unknown-model',
    exit: exitCodes.provider,
    suggestions: meant.map((one) => (one.includes(' ') ? one : `Did you mean ${one}?`)),
  })
}

/** What could be meant by a name whose provider is not known. */
async function suggestionsFor(id: string, settings: ModelSettings): Promise<string[]> {
  const {closest} = await import('../../refusal/closest.js')
  const name = id.split('/')[0] ?? id
  const names = [...providerNames(settings), 'offline']
  const close = closest(name, names)
  const rest = id.includes('/') ? id.slice(id.indexOf('/')) : ''
  if (close !== undefined) return [`${close}${rest}`]
  // `gpt-5` or `claude-…` without its provider.
  const family = Object.entries(defaultModels).find(([, model]) => model.split('-')[0] === name.split('-')[0])
  if (family && !rest) return [`${family[0]}/${id}`]
  return [
    `Known providers: ${names.join(', ')}`,
    'Any OpenAI-compatible address works as providers.NAME.baseUrl in your configuration',
  ]
}
