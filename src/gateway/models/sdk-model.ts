import {safeAddress} from '../../redact/index.js'
import {apiOf} from './catalog.js'
import {costOf} from './catalogue/cost.js'
import {factsFrom} from './catalogue/facts.js'
import type {ModelFacts} from './catalogue/types.js'
import {addressPlaces} from './cloud/clouds.js'
import {LibraryMissing} from './cloud/library.js'
import {isLoopback} from './discovery.js'
import {collect} from './error-evidence.js'
import {briefly, judge} from './error-rules.js'
import {type CallPlace, keyCommandError, lackError, libraryError, noKeyError, providerError} from './errors.js'
import {type CommandKey, KeyCommandFailed} from './key-command.js'
import {pause} from './offline/pace.js'
import {cloudLack, isUsable, optionsFor, type Provider, withHeadersOf} from './providers.js'
import {nextTry} from './retry/policy.js'
import {callModel, type SdkCall} from './sdk-call.js'
import type {Reader} from './sdk-messages.js'
import {canSearch} from './search/providers.js'
import {tellSilence} from './told-silence.js'
import {Connections} from './transport/connections.js'
import {proxyFor} from './transport/proxy.js'
import type {Model, ModelEvent, ModelRequest, ModelSettings, Patience, WebSearch} from './types.js'

type Settings = Pick<ModelSettings, 'maxOutputTokens' | 'reasoningEffort' | 'patience' | 'env'>

const FIRST_TOKEN_MS = 300_000
/** A model on this machine may have to be read from disk, and the prompt to be taken in without a GPU. */
const LOCAL_FIRST_TOKEN_MS = 900_000

export interface SdkModelOptions {
  key?: CommandKey | undefined
  /** What is known of it beyond its settings. Never rejects. */
  learn?: () => Promise<ModelFacts>
}

/** A model of a real provider, called through the AI SDK. No library is loaded or called before `stream`. */
export function createSdkModel(
  asked: Provider,
  name: string,
  settings: Settings,
  {key, learn}: SdkModelOptions = {},
): Model {
  const {patience, env} = settings
  const options = optionsFor(asked, name)
  const provider = withHeadersOf(asked, options, env)
  let facts = factsFrom(provider, name, {})
  const learned = learn?.().then((known) => {
    facts = known
  })
  const near = provider.local || isLoopback(provider.baseUrl)
  const call: SdkCall = {
    provider,
    name,
    reader: readerOf(provider, name),
    options,
    settings,
    facts: () => facts,
    noted: new Set(),
    connections: new Connections(env),
    limits: {
      firstTokenMs: patience.firstTokenMs ?? (near ? LOCAL_FIRST_TOKEN_MS : FIRST_TOKEN_MS),
      idleMs: patience.idleMs,
    },
  }
  const known = async () => {
    await learned
    return facts
  }
  const caller = {call, patience, env, key}
  return {
    id: `${provider.name}/${name}`,
    provider: provider.name,
    get contextMax() {
      return facts.context
    },
    images: call.options.images,
    ...(learned ? {learned} : {}),
    stream: (request) => priced(step(caller, request), known),
    ...(canSearch(provider.kind) ? {search: (query, signal) => searched(caller, query, signal, known)} : {}),
  }
}

function readerOf({name: provider, kind, cloud}: Provider, name: string): Reader {
  return {kind: apiOf(kind, name, cloud?.values.apiVersion), id: `${provider}/${name}`}
}

/** With what each step has cost. */
async function* priced(
  events: AsyncIterable<ModelEvent>,
  known: () => Promise<ModelFacts>,
): AsyncGenerator<ModelEvent> {
  for await (const event of events) {
    if (event.type !== 'finish') {
      yield event
      continue
    }
    const cost = costOf(event.usage, (await known()).prices, Date.now())
    yield cost ? {...event, cost} : event
  }
}

/** One search, which is not tried again by itself: each costs. */
async function searched(
  caller: Caller,
  query: string,
  signal: AbortSignal,
  known: () => Promise<ModelFacts>,
): Promise<WebSearch> {
  signal.throwIfAborted()
  if (!isUsable(caller.call.provider)) throw noKeyError(placeOf(caller, false))
  const keyed = await withKey(caller, (key) => key.get())
  try {
    const {searchWeb} = await import('./search/search.js')
    const found = await searchWeb(keyed.call, query, signal)
    const cost = costOf(found.usage, (await known()).prices, Date.now())
    return cost ? {...found, cost} : found
  } catch (error) {
    signal.throwIfAborted()
    throw providerError(error, placeOf(keyed, false))
  }
}

interface Caller {
  call: SdkCall
  patience: Patience
  env: NodeJS.ProcessEnv
  /** Where a command prints the key. */
  key: CommandKey | undefined
}

async function* step(caller: Caller, request: ModelRequest): AsyncGenerator<ModelEvent> {
  const {signal} = request
  signal.throwIfAborted()
  const lack = cloudLack(caller.call.provider, caller.call.name)
  if (lack) throw lackError(lack, placeOf(caller, false))
  if (!isUsable(caller.call.provider)) throw noKeyError(placeOf(caller, false))

  const {retries, backoffMs, retryWindowMs: windowMs, tellSilenceMs} = caller.patience
  const silent = {type: 'silent', ms: tellSilenceMs} as const
  let keyed = await withKey(caller, (key) => key.get())
  let renewed = false
  for (let attempts = 0, waitedMs = 0; ; ) {
    signal.throwIfAborted()
    let started = false
    try {
      for await (const event of tellSilence(callModel(keyed.call, request), tellSilenceMs, silent)) {
        started ||= event.type !== 'silent' && event.type !== 'note'
        yield event
        signal.throwIfAborted()
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof LibraryMissing) throw libraryError(error, placeOf(keyed, started))
      const evidence = collect(error)
      const refused = keyed.call.provider.apiKey
      // It may be of limited life; one that is the same again is refused again.
      if (evidence.status === 401 && !started && !renewed && refused !== undefined) {
        renewed = true
        keyed = await withKey(caller, (key) => key.renew(refused))
        if (keyed.call.provider.apiKey !== refused) continue
      }
      const place = placeOf(keyed, started)
      const again = started ? undefined : nextTry(evidence, {attempts, waitedMs}, {retries, backoffMs, windowMs})
      if (!again) throw providerError(error, place)
      if (again.counts) attempts++
      waitedMs += again.waitMs
      const {problem} = judge(evidence, place)
      yield {
        type: 'retry',
        attempt: Math.max(1, attempts),
        limit: retries,
        waitMs: again.waitMs,
        reason: briefly(evidence, problem),
      }
      await pause(again.waitMs, signal)
    }
  }
}

/** With the key that a command prints; as it is where there is none. */
async function withKey(caller: Caller, ask: (key: CommandKey) => Promise<string>): Promise<Caller> {
  const {call, key} = caller
  if (!key) return caller
  try {
    return {...caller, call: {...call, provider: {...call.provider, apiKey: await ask(key)}}}
  } catch (error) {
    if (error instanceof KeyCommandFailed) throw keyCommandError(error.message, placeOf(caller, false))
    throw error
  }
}

function placeOf({call: {provider, name}, env}: Caller, started: boolean): CallPlace {
  const proxy = URL.canParse(provider.baseUrl) ? proxyFor(new URL(provider.baseUrl), env) : undefined
  return {
    provider: provider.name,
    model: name,
    baseUrl: provider.baseUrl,
    keyVariables: provider.keyVariables,
    keyCommand: provider.apiKeyCommand,
    secrets: secretsOf(provider),
    ...(provider.cloud ? {settings: addressPlaces(provider.cloud)} : {}),
    proxy: proxy && {address: safeAddress(proxy.url.href), variable: proxy.variable},
    local: provider.local,
    started,
  }
}

function secretsOf({apiKey, headers, cloud}: Provider): string[] {
  const {secretAccessKey, sessionToken} = cloud?.credentials ?? {}
  return [apiKey, ...Object.values(headers), secretAccessKey, sessionToken].filter((value) => value !== undefined)
}
