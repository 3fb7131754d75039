import type {LanguageModelMiddleware, LanguageModelUsage, StreamTextResult, TextStreamPart, ToolSet} from 'ai'
import {contextWindow} from './catalog.js'
import {type CallPlace, isTransient, noKeyError, providerError} from './errors.js'
import {pause} from './offline/pace.js'
import {isUsable, type Provider} from './providers.js'
import {createClient} from './sdk-client.js'
import {toSdkMessages} from './sdk-messages.js'
import {type RememberedStep, StepMemory} from './step-memory.js'
import {boundedInput} from './tool-input.js'
import type {Model, ModelEvent, ModelRequest, ModelSettings, ModelUsage} from './types.js'

type Settings = Pick<ModelSettings, 'maxOutputTokens' | 'reasoningEffort'>
type Part = TextStreamPart<ToolSet>

/** Waits before another try of a connection that failed before anything was received, milliseconds. */
const RETRY_WAITS_MS = [200, 800] as const

/** A model of a real provider, called through the AI SDK. Nothing is loaded or called before `stream`. */
export function createSdkModel(provider: Provider, name: string, settings: Settings): Model {
  const memory = new StepMemory()
  return {
    id: `${provider.name}/${name}`,
    provider: provider.name,
    contextMax: contextWindow(provider.kind, name),
    stream: (request) => step(provider, name, settings, memory, request),
  }
}

async function* step(
  provider: Provider,
  name: string,
  settings: Settings,
  memory: StepMemory,
  request: ModelRequest,
): AsyncGenerator<ModelEvent> {
  const {signal} = request
  signal.throwIfAborted()
  if (!isUsable(provider)) throw noKeyError(placeOf(provider, name, false))

  for (let attempt = 0; ; attempt++) {
    let started = false
    try {
      for await (const event of call(provider, name, settings, memory, request)) {
        started = true
        yield event
        signal.throwIfAborted()
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      const wait = RETRY_WAITS_MS[attempt]
      if (started || wait === undefined || !isTransient(error))
        throw providerError(error, placeOf(provider, name, started))
      await pause(wait, signal)
    }
  }
}

/** One HTTP call. Throws what the library or the system threw. */
async function* call(
  provider: Provider,
  name: string,
  settings: Settings,
  memory: StepMemory,
  request: ModelRequest,
): AsyncGenerator<ModelEvent> {
  const {streamText, jsonSchema, wrapLanguageModel} = await import('ai')
  // The library would print its warnings on stderr, into the gateway's log.
  ;(globalThis as {AI_SDK_LOG_WARNINGS?: boolean}).AI_SDK_LOG_WARNINGS = false
  const client = wrapLanguageModel({model: await createClient(provider, name), middleware: boundedCalls})
  request.signal.throwIfAborted()

  // Closes the connection also when the reader stops early.
  const ended = new AbortController()
  const tools: ToolSet = Object.fromEntries(
    request.tools.map((tool) => [
      tool.name,
      {description: tool.description, inputSchema: jsonSchema<Record<string, unknown>>(tool.parameters)},
    ]),
  )
  const result: StreamTextResult<ToolSet, Record<string, never>, never> = streamText({
    model: client,
    instructions: request.system,
    messages: toSdkMessages(request.messages, memory),
    ...(request.tools.length > 0 ? {tools} : {}),
    ...(settings.maxOutputTokens === undefined ? {} : {maxOutputTokens: settings.maxOutputTokens}),
    ...(settings.reasoningEffort === undefined ? {} : {reasoning: settings.reasoningEffort}),
    ...(provider.kind === 'openai' ? {providerOptions: {openai: {store: false}}} : {}),
    abortSignal: AbortSignal.any([request.signal, ended.signal]),
    maxRetries: 0,
    telemetry: {isEnabled: false},
    // The default prints the error, with the whole request in it.
    onError: () => {},
  })
  try {
    yield* translate(result.stream, memory)
  } finally {
    ended.abort()
  }
}

/** Before the library reads the arguments of a call, and copies them. */
const boundedCalls: LanguageModelMiddleware = {
  async wrapStream({doStream}) {
    const {stream, ...rest} = await doStream()
    type StreamPart = typeof stream extends ReadableStream<infer P> ? P : never
    const bounded = new TransformStream<StreamPart, StreamPart>({
      transform(part, controller) {
        controller.enqueue(part.type === 'tool-call' ? {...part, input: boundedInput(part.input)} : part)
      },
    })
    return {...rest, stream: stream.pipeThrough(bounded)}
  },
}

/** Parts of the library's stream as our events; an error part is thrown. */
async function* translate(parts: AsyncIterable<Part>, memory: StepMemory): AsyncGenerator<ModelEvent> {
  const step: RememberedStep = {reasoning: [], calls: new Map()}
  let firstCall: string | undefined
  for await (const part of parts) {
    switch (part.type) {
      case 'text-delta':
        if (part.text !== '') yield {type: 'text', text: part.text}
        break
      case 'reasoning-start':
        step.reasoning.push({type: 'reasoning', text: ''})
        break
      case 'reasoning-delta':
      case 'reasoning-end': {
        const last = step.reasoning.at(-1)
        if (last && part.type === 'reasoning-delta') last.text += part.text
        if (last && part.providerMetadata) last.providerOptions = {...last.providerOptions, ...part.providerMetadata}
        if (part.type === 'reasoning-delta' && part.text !== '') yield {type: 'reasoning', text: part.text}
        break
      }
      case 'tool-input-start':
        yield {type: 'tool-name', id: part.id, name: part.toolName}
        break
      case 'tool-call':
        firstCall ??= part.toolCallId
        if (part.providerMetadata) step.calls.set(part.toolCallId, part.providerMetadata)
        // Before the event: the reader may stop at the last call.
        memory.remember(firstCall, step)
        yield {type: 'tool-call', call: {id: part.toolCallId, name: part.toolName, args: part.input}}
        break
      case 'error':
        throw part.error
      case 'finish':
        yield {type: 'finish', reason: reasonOf(part.finishReason), usage: usageOf(part.totalUsage)}
        return
    }
  }
  throw Object.assign(new Error('the reply ended without a finish reason'), {name: 'AI_InvalidResponseDataError'})
}

function reasonOf(reason: string): Extract<ModelEvent, {type: 'finish'}>['reason'] {
  return reason === 'stop' || reason === 'length' || reason === 'tool-calls' || reason === 'content-filter'
    ? reason
    : 'other'
}

function usageOf(usage: LanguageModelUsage): ModelUsage {
  return {
    input: usage.inputTokens ?? 0,
    output: usage.outputTokens ?? 0,
    cacheRead: usage.inputTokenDetails.cacheReadTokens ?? 0,
    cacheWrite: usage.inputTokenDetails.cacheWriteTokens ?? 0,
    reasoning: usage.outputTokenDetails.reasoningTokens ?? 0,
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
