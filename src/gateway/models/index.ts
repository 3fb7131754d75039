import {exitCodes, HermesError} from '../../errors.js'
import {apiOf, builtInProviders, defaultModels, effortLevels} from './catalog.js'
import type {Catalogue} from './catalogue/catalogue.js'
import type {ModelLists} from './catalogue/lists.js'
import {isLoopback, listFoundModels, listModels} from './discovery.js'
import type {CommandKey} from './key-command.js'
import {
  findProvider,
  hasKey,
  isUsable,
  type LocalServers,
  optionsFor,
  type Provider,
  providerNames,
} from './providers.js'
import type {FoundProvider, Model, ModelOption, ModelRegistry, ModelSettings} from './types.js'

export interface RegistryOptions {
  /** Base addresses of local servers by provider name, instead of their usual ports. */
  localServers?: LocalServers
  /** Folder of the lists of providers as they were told last. Default: they are kept for this process alone. */
  folder?: string
  /** Windows and prices; default: only what providers and settings tell. */
  catalogue?: () => Promise<Catalogue>
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

  /** What is known of models: nothing of it is loaded before one is called or chosen. */
  let knowledge: Promise<{lists: ModelLists; catalogue: Catalogue | undefined}> | undefined
  const sources = () => {
    knowledge ??= (async () => {
      const {ModelLists} = await import('./catalogue/lists.js')
      const keyOf = async (one: Provider) => (await commandKeyOf(one))?.get()
      const lists = new ModelLists({folder: options.folder, env: settings.env, isGuessed, keyOf})
      return {lists, catalogue: await options.catalogue?.()}
    })()
    return knowledge
  }

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
      // It may be started later.
      if (!isGuessed(one)) void names.then((list) => list.length === 0 && listed.delete(one.name))
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
    const named = namedServer()
    // Who named a server gets no other answer than its own.
    if (at === -1 && named !== undefined) return named
    discovered = at === -1 ? 'offline' : `${asked[at]?.name}/${names[at]?.[0]}`
    return discovered
  }

  /** The default, until it is known what that server lists. */
  function namedServer(): string | undefined {
    return askable().find((one) => !isGuessed(one))?.name
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
      return createOfflineModel(rest) ?? unknownModel(`no model is called ${JSON.stringify(id)}`, meant)
    }
    const one = provider(name)
    if (!one) {
      const shown = JSON.stringify(id)
      const text =
        slash === -1
          ? `no model is called ${shown}: write it as provider/name`
          : `no provider is called ${JSON.stringify(name)}, as the model ${shown} says`
      return unknownModel(text, await suggestionsFor(id, settings))
    }
    const standard = standardOf(one)
    const model = rest || one.models[0] || standard || (one.cloud ? undefined : (await namesAt(one))[0])
    if (!model)
      return one.cloud
        ? unknownModel(`${JSON.stringify(id)} names no model of ${name}`, [meantAt(one)])
        : unknownModel(`${one.baseUrl}/models, of ${name}, does not answer with models, and none is named`, [
            // Only the first goes over the wire.
            `Start ${name}, correct its address, or name a model of it: --model ${name}/MODEL`,
          ])
    const {createSdkModel} = await import('./sdk-model.js')
    const learn = async () => {
      const {factsOf} = await import('./catalogue/facts.js')
      return factsOf(one, model, await sources())
    }
    return createSdkModel(one, model, settings, {key: await commandKeyOf(one), learn})
  }

  return {
    resolve,
    async defaultId() {
      return known() ?? discovered ?? namedServer() ?? 'offline'
    },
    async configured() {
      // A command that prints a key is run for a prompt, and not for this.
      const id = known() ?? discovered
      if (id === undefined && askable().some(({apiKeyCommand}) => apiKeyCommand)) return true
      return !isOffline(id ?? (await discover()))
    },
    async found() {
      const keyed = providerNames(settings).flatMap((name): FoundProvider[] => {
        const one = provider(name)
        const variable = one?.keyVariables.find((key) => settings.env[key]?.trim())
        // Of a cloud a key alone is not enough.
        return one && !one.cloud && !one.local && variable !== undefined && hasKey(one) ? [{name, variable}] : []
      })
      const guessed = known() === undefined && askable().every(isGuessed) ? askable() : []
      const local = await Promise.all(
        guessed.map(async (one) => ({name: one.name, models: (await namesAt(one)).length})),
      )
      return [...keyed, ...local.filter(({models}) => models > 0)]
    },
    async options() {
      const installed = await installedClouds(settings)
      const groups = await Promise.all(
        providerNames(settings).map(async (name) => {
          const one = provider(name)
          return one && isOffered(one, settings, installed) ? await optionsOf(one, namesAt) : []
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
    async choices(when) {
      const {choicesOf} = await import('./catalogue/choices.js')
      const installed = await installedClouds(settings)
      const offered = providerNames(settings)
        .map(provider)
        .filter((one) => one !== undefined)
        // Of a cloud that was configured is told what it lacks.
        .filter((one) => isOffered(one, settings, installed) || (one.cloud && one.source === 'configuration'))
        .map((one) => {
          const standard = standardOf(one)
          return {provider: one, source: sourceOf(one), names: standard ? [...one.models, standard] : one.models}
        })
      return choicesOf(offered, {...(await sources()), when, isGuessed})
    },
    efforts(id) {
      const [name = id, ...rest] = id.split('/')
      const one = isOffline(id) ? undefined : provider(name)
      if (!one) return {levels: [], configured: undefined}
      const configured = optionsFor(one, rest.join('/')).effort ?? settings.reasoningEffort
      return {levels: effortLevels[apiOf(one.kind, rest.join('/'))], configured}
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
    if (!one || one.local || !(one.cloud ? isUsable(one) : hasKey(one))) continue
    // A cloud answers only who named a model of it.
    if (one.cloud && !one.models[0]) continue
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

async function optionsOf(one: Provider, namesAt: (provider: Provider) => Promise<string[]>): Promise<ModelOption[]> {
  const standard = standardOf(one)
  const names = one.models.length > 0 ? one.models : standard ? [standard] : one.cloud ? [] : await namesAt(one)
  return names.map((name) => ({id: `${one.name}/${name}`, source: sourceOf(one)}))
}

/** Variables of a cloud are set for many programs: they offer its models to who configured it, or installed its library. */
function isOffered(one: Provider, settings: ModelSettings, installed: ReadonlySet<string>): boolean {
  if (one.cloud) return isUsable(one) && (one.source === 'configuration' || installed.has(one.kind))
  return isUsable(one) && !(isGuessed(one) && !(settings.discoverLocal && isLoopback(one.baseUrl)))
}

/** Kinds of clouds whose library is there. */
async function installedClouds({env}: ModelSettings): Promise<ReadonlySet<string>> {
  const [{findLibrary, libraryFolders}, {clouds}] = await Promise.all([
    import('./cloud/library.js'),
    import('./cloud/clouds.js'),
  ])
  const kinds = Object.keys(clouds) as (keyof typeof clouds)[]
  return new Set(kinds.filter((kind) => findLibrary(kind, libraryFolders(env))))
}

function sourceOf(one: Provider): ModelOption['source'] {
  return one.source === 'configuration' ? 'configuration' : one.local ? 'local' : 'environment'
}

/** The model that it is asked for where none is named. */
function standardOf({kind, name}: Provider): string | undefined {
  return kind === 'openai-compatible' ? undefined : defaultModels[name]
}

/** How a model of a cloud is named. */
function meantAt({name, kind}: Provider): string {
  if (kind === 'azure') return `${name}/DEPLOYMENT, the name that you gave it in Azure`
  return `${name}/MODEL, as hermes models ${name} lists it: ${name}/eu.anthropic.claude-sonnet-4-6`
}

/** The first of each id. */
function unique(options: readonly ModelOption[]): ModelOption[] {
  return options.filter((option, index) => options.findIndex(({id}) => id === option.id) === index)
}

function unknownModel(text: string, meant: readonly string[]): never {
  throw new HermesError(text, {
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
