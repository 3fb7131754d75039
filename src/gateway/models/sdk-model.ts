import {safeAddress} from '../../redact/index.js'
import {contextWindow} from './catalog.js'
import {isLoopback} from './discovery.js'
import {collect} from './error-evidence.js'
import {briefly, judge} from './error-rules.js'
import {type CallPlace, keyCommandError, noKeyError, providerError} from './errors.js'
import {type CommandKey, KeyCommandFailed} from './key-command.js'
import {pause} from './offline/pace.js'
import {isUsable, optionsFor, type Provider} from './providers.js'
import {nextTry} from './retry/policy.js'
import {callModel, type SdkCall} from './sdk-call.js'
import {tellSilence} from './told-silence.js'
import {Connections} from './transport/connections.js'
import {proxyFor} from './transport/proxy.js'
import type {Model, ModelEvent, ModelRequest, ModelSettings, Patience} from './types.js'

type Settings = Pick<ModelSettings, 'maxOutputTokens' | 'reasoningEffort' | 'patience' | 'env'>

const FIRST_TOKEN_MS = 300_000
/** A model on this machine may have to be read from disk, and the prompt to be taken in without a GPU. */
const LOCAL_FIRST_TOKEN_MS = 900_000

/** A model of a real provider, called through the AI SDK. Nothing is loaded or called before `stream`. */
export function createSdkModel(provider: Provider, name: string, settings: Settings, key?: CommandKey): Model {
  const {patience, env} = settings
  const near = provider.local || isLoopback(provider.baseUrl)
  const call: SdkCall = {
    provider,
    name,
    reader: {kind: provider.kind, id: `${provider.name}/${name}`},
    options: optionsFor(provider, name),
    settings,
    noted: new Set(),
    connections: new Connections(env),
    limits: {
      firstTokenMs: patience.firstTokenMs ?? (near ? LOCAL_FIRST_TOKEN_MS : FIRST_TOKEN_MS),
      idleMs: patience.idleMs,
    },
  }
  return {
    id: `${provider.name}/${name}`,
    provider: provider.name,
    contextMax: contextWindow(provider.kind, name),
    stream: (request) => step({call, patience, env, key}, request),
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
    secrets: [provider.apiKey, ...Object.values(provider.headers)].filter((value) => value !== undefined),
    proxy: proxy && {address: safeAddress(proxy.url.href), variable: proxy.variable},
    local: provider.local,
    started,
  }
}
