import {contextWindow} from './catalog.js'
import {isLoopback} from './discovery.js'
import {collect} from './error-evidence.js'
import {briefly, judge} from './error-rules.js'
import {type CallPlace, noKeyError, providerError} from './errors.js'
import {pause} from './offline/pace.js'
import {isUsable, type Provider} from './providers.js'
import {nextTry} from './retry/policy.js'
import {callModel, type SdkCall} from './sdk-call.js'
import {tellSilence} from './told-silence.js'
import {Connections} from './transport/connections.js'
import type {Model, ModelEvent, ModelRequest, ModelSettings, Patience} from './types.js'

type Settings = Pick<ModelSettings, 'maxOutputTokens' | 'reasoningEffort' | 'patience' | 'env'>

const FIRST_TOKEN_MS = 300_000
/** A model on this machine may have to be read from disk, and the prompt to be taken in without a GPU. */
const LOCAL_FIRST_TOKEN_MS = 900_000

/** A model of a real provider, called through the AI SDK. Nothing is loaded or called before `stream`. */
export function createSdkModel(provider: Provider, name: string, settings: Settings): Model {
  const {patience} = settings
  const near = provider.local || isLoopback(provider.baseUrl)
  const call: SdkCall = {
    provider,
    name,
    reader: {kind: provider.kind, id: `${provider.name}/${name}`},
    settings,
    noted: new Set(),
    connections: new Connections(settings.env),
    limits: {
      firstTokenMs: patience.firstTokenMs ?? (near ? LOCAL_FIRST_TOKEN_MS : FIRST_TOKEN_MS),
      idleMs: patience.idleMs,
    },
  }
  return {
    id: `${provider.name}/${name}`,
    provider: provider.name,
    contextMax: contextWindow(provider.kind, name),
    stream: (request) => step(call, patience, request),
  }
}

async function* step(call: SdkCall, patience: Patience, request: ModelRequest): AsyncGenerator<ModelEvent> {
  const {provider, name} = call
  const {signal} = request
  signal.throwIfAborted()
  if (!isUsable(provider)) throw noKeyError(placeOf(provider, name, false))

  const {retries, backoffMs, retryWindowMs: windowMs, tellSilenceMs} = patience
  const silent = {type: 'silent', ms: tellSilenceMs} as const
  for (let attempts = 0, waitedMs = 0; ; ) {
    let started = false
    try {
      for await (const event of tellSilence(callModel(call, request), tellSilenceMs, silent)) {
        started ||= event.type !== 'silent' && event.type !== 'note'
        yield event
        signal.throwIfAborted()
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      const place = placeOf(provider, name, started)
      const evidence = collect(error)
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

function placeOf(provider: Provider, model: string, started: boolean): CallPlace {
  return {
    provider: provider.name,
    model,
    baseUrl: provider.baseUrl,
    keyVariables: provider.keyVariables,
    secrets: [provider.apiKey, ...Object.values(provider.headers)].filter((value) => value !== undefined),
    local: provider.local,
    started,
  }
}
