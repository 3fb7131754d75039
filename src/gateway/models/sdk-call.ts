import type {LanguageModelMiddleware, LanguageModelUsage, SystemModelMessage, TextStreamPart, ToolSet} from 'ai'
import {isObject} from '../../protocol/shapes/shape.js'
import type {ModelFacts} from './catalogue/types.js'
import {joinedDeltas} from './joined-deltas.js'
import {outputLimit} from './output/output-limit.js'
import {thinkTagMiddleware} from './output/think-tags.js'
import {boundedInput} from './output/tool-input.js'
import {repairedCall} from './output/tool-repair.js'
import {WholeText} from './output/whole-text.js'
import {cachedPrompt} from './prompt-cache.js'
import type {KnownOptions, Provider} from './providers.js'
import {createClient} from './sdk-client.js'
import {mayReason, type Reader, toSdkMessages} from './sdk-messages.js'
import {type PartOptions, StepRecorder} from './signed-step.js'
import type {Connections} from './transport/connections.js'
import {ReplyCut, ReplyWatch} from './transport/reply-watch.js'
import {type SilenceLimits, watchedFetch} from './transport/watched-fetch.js'
import type {FinishReason, ModelEvent, ModelRequest, ModelSettings, ModelUsage} from './types.js'
import {wires} from './wire/index.js'

type Part = TextStreamPart<ToolSet>
type ProviderOptions = NonNullable<SystemModelMessage['providerOptions']>

export interface SdkCall {
  provider: Provider
  name: string
  reader: Reader
  options: KnownOptions
  settings: Pick<ModelSettings, 'maxOutputTokens' | 'reasoningEffort' | 'env'>
  /** What is known of the model by now. */
  facts: () => ModelFacts
  connections: Connections
  limits: SilenceLimits
  /** What was skipped and noted already. */
  noted: Set<string>
}

/** One HTTP call. Throws what the library, the system or the provider said. */
export async function* callModel(call: SdkCall, request: ModelRequest): AsyncGenerator<ModelEvent> {
  const {provider, name, reader, options, settings, connections, limits} = call
  // The plain one keeps every part until its result is gone.
  const {experimental_streamTextLowMemory: streamText, jsonSchema, wrapLanguageModel} = await import('ai')
  // The library would print its warnings on stderr, into the gateway's log.
  ;(globalThis as {AI_SDK_LOG_WARNINGS?: boolean}).AI_SDK_LOG_WARNINGS = false
  const notes: string[] = []
  const watch = new ReplyWatch((what) => {
    if (!call.noted.has(what)) notes.push(`skipped in a reply of ${provider.name}/${name}: ${what}`)
    call.noted.add(what)
  })
  const fetch = watchedFetch(connections, wires[reader.kind], watch, limits)
  const {thinkTags, streamUsage, promptCaching} = options
  const client = wrapLanguageModel({
    model: await createClient(provider, name, {fetch, streamUsage, env: settings.env}),
    middleware: thinkTags === 'off' ? boundedCalls : [boundedCalls, thinkTagMiddleware(thinkTags)],
  })
  request.signal.throwIfAborted()

  const wanted = request.effort ?? options.effort ?? settings.reasoningEffort
  const effort = mayReason(request.messages, reader) ? wanted : undefined
  const maxOutputTokens = outputLimit(call)
  const reasons = effort !== undefined && effort !== 'none'
  // Closes the connection also when the reader stops early.
  const ended = new AbortController()
  const tools: ToolSet = Object.fromEntries(
    (options.tools ? request.tools : []).map((tool) => [
      tool.name,
      {description: tool.description, inputSchema: jsonSchema<Record<string, unknown>>(tool.parameters, {validate})},
    ]),
  )
  const messages = toSdkMessages(request.messages, reader, options.images)
  const prompt = promptCaching
    ? cachedPrompt(request.system, messages, reader)
    : {instructions: request.system, messages}
  const result = streamText<ToolSet, Record<string, never>, never>({
    model: client,
    ...prompt,
    ...(Object.keys(tools).length > 0 ? {tools} : {}),
    ...(maxOutputTokens === undefined ? {} : {maxOutputTokens}),
    ...(options.temperature === undefined ? {} : {temperature: options.temperature}),
    ...(effort === undefined ? {} : {reasoning: effort}),
    ...ownOptions(call, reasons),
    abortSignal: AbortSignal.any([request.signal, ended.signal]),
    repairToolCall: async ({toolCall}) => repairedCall(toolCall, Object.keys(tools)),
    // Ours are seen by the person.
    maxRetries: 0,
    telemetry: {isEnabled: false},
    // The default prints the error, with the whole request in it.
    onError: () => {},
  })
  let whole = false
  try {
    for await (const event of wholeTexts(translate(result.stream, watch, {id: reader.id, reasons}))) {
      for (const text of notes.splice(0)) yield {type: 'note', text}
      // Its connection is kept for the next call.
      whole = event.type === 'finish'
      yield event
    }
  } catch (error) {
    // What the wire saw is the cause of whatever the library made of it.
    throw watch.failure ?? error
  } finally {
    if (!whole) ended.abort()
  }
}

/** What only one API has. */
function ownOptions({provider, reader}: SdkCall, reasons: boolean): {providerOptions?: ProviderOptions} {
  if (reader.kind !== 'openai') return {}
  if (provider.kind !== 'azure') return {providerOptions: {openai: {store: false}}}
  // A deployment is called as its owner likes, so that the library does not see what it can.
  return {providerOptions: {azure: {store: false, ...(reasons ? {forceReasoning: true} : {})}}}
}

/** What is no object is repaired or told to the model; what is in it each tool checks by itself. */
function validate(value: unknown) {
  return isObject(value)
    ? ({success: true, value} as const)
    : ({success: false, error: new Error('the arguments are no JSON object')} as const)
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
    return {...rest, stream: stream.pipeThrough(bounded).pipeThrough(joinedDeltas())}
  },
}

/** Parts of the library's stream as our events; an error part, or a reply without the provider's last word, is thrown. */
async function* translate(
  parts: AsyncIterable<Part>,
  watch: ReplyWatch,
  {id, reasons}: {id: string; reasons: boolean},
): AsyncGenerator<ModelEvent> {
  const recorder = new StepRecorder()
  for await (const part of parts) {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start':
        recorder.begin(part.id, kindOf(part.type), metadataOf(part))
        break
      case 'text-end':
      case 'reasoning-end':
        recorder.extend(part.id, kindOf(part.type), 0, metadataOf(part))
        break
      case 'text-delta':
      case 'reasoning-delta': {
        const kind = kindOf(part.type)
        recorder.extend(part.id, kind, part.text.length, metadataOf(part))
        yield {type: kind, text: part.text}
        break
      }
      case 'tool-input-start':
        yield {type: 'tool-name', id: part.id, name: part.toolName}
        break
      case 'tool-call':
        // The libraries hand over at the end what they have of a call, whole or not.
        if (watch.failure) throw watch.failure
        recorder.call(metadataOf(part))
        yield {type: 'tool-call', call: {id: part.toolCallId, name: part.toolName, args: part.input}}
        break
      case 'error':
        if (!isSkippable(part.error)) throw part.error
        watch.skipped('an event of an unknown form')
        break
      case 'finish': {
        if (watch.failure ?? !watch.ended) throw watch.failure ?? new ReplyCut()
        const {finishReason, rawFinishReason: said} = part
        const reason = watch.refused && finishReason !== 'tool-calls' ? 'refusal' : reasonOf(finishReason, said)
        yield {type: 'signed', step: recorder.step(id, reasons)}
        yield {type: 'finish', reason, ...(reason === 'other' && said ? {said} : {}), usage: usageOf(part.totalUsage)}
        return
      }
    }
  }
  throw new ReplyCut()
}

function kindOf(type: `${'text' | 'reasoning'}-${'start' | 'delta' | 'end'}`): 'text' | 'reasoning' {
  return type.startsWith('text') ? 'text' : 'reasoning'
}

function metadataOf({providerMetadata}: {providerMetadata?: unknown}): PartOptions | undefined {
  return providerMetadata as PartOptions | undefined
}

/** An event whose form the library does not know; the next one may be well again. */
function isSkippable(error: unknown): boolean {
  return error instanceof Error && error.name === 'AI_TypeValidationError'
}

/** Text and reasoning in whole characters, without empty pieces. */
async function* wholeTexts(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  const texts = {text: new WholeText(), reasoning: new WholeText()}
  for await (const event of events) {
    if (event.type === 'text' || event.type === 'reasoning') {
      const text = texts[event.type].push(event.text)
      if (text !== '') yield {type: event.type, text}
      continue
    }
    if (event.type === 'finish') {
      const text = texts.text.end()
      if (text !== '') yield {type: 'text', text}
    }
    yield event
  }
}

/** Words of providers for which the libraries have none, or another. */
const reasons: Readonly<Record<string, FinishReason>> = {
  MALFORMED_FUNCTION_CALL: 'malformed-call',
  UNEXPECTED_TOOL_CALL: 'malformed-call',
  MALFORMED_RESPONSE: 'malformed-call',
  TOO_MANY_TOOL_CALLS: 'malformed-call',
  malformed_tool_use: 'malformed-call',
  malformed_model_output: 'malformed-call',
  model_context_window_exceeded: 'length',
  pause_turn: 'other',
}

function reasonOf(reason: string, said: string | undefined): FinishReason {
  const known = said !== undefined && Object.hasOwn(reasons, said) ? reasons[said] : undefined
  if (known) return known
  return reason === 'stop' || reason === 'length' || reason === 'tool-calls' || reason === 'content-filter'
    ? reason
    : 'other'
}

export function usageOf(usage: LanguageModelUsage): ModelUsage {
  return {
    input: usage.inputTokens ?? 0,
    output: usage.outputTokens ?? 0,
    cacheRead: usage.inputTokenDetails.cacheReadTokens ?? 0,
    cacheWrite: usage.inputTokenDetails.cacheWriteTokens ?? 0,
    reasoning: usage.outputTokenDetails.reasoningTokens ?? 0,
  }
}
