import {createModelRegistry, type RegistryOptions} from '../../../src/gateway/models/index.js'
import type {
  ModelEvent,
  ModelMessage,
  ModelRegistry,
  ModelRequest,
  ModelSettings,
} from '../../../src/gateway/models/types.js'

/** Settings without keys, configuration or discovery. */
export function settings(changes: Partial<ModelSettings> = {}): ModelSettings {
  return {
    model: undefined,
    providers: {},
    maxOutputTokens: undefined,
    reasoningEffort: undefined,
    discoverLocal: false,
    patience: {
      retries: 0,
      backoffMs: 1,
      retryWindowMs: 120_000,
      firstTokenMs: undefined,
      idleMs: 300_000,
      tellSilenceMs: 20_000,
    },
    keyCommandTimeoutMs: 60_000,
    env: {},
    ...changes,
  }
}

export function registry(changes: Partial<ModelSettings> = {}, options?: RegistryOptions): ModelRegistry {
  return createModelRegistry(settings(changes), options)
}

/** A registry with the test server as the provider `test`. */
export function registryAt(baseUrl: string, changes: Partial<ModelSettings> = {}): ModelRegistry {
  return registry({providers: {test: {baseUrl}}, ...changes})
}

export function request(prompt: string, changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: 'Be brief.',
    messages: [{role: 'user', text: prompt}],
    tools: [],
    signal: new AbortController().signal,
    ...changes,
  }
}

export interface Collected {
  events: ModelEvent[]
  text: string
  reasoning: string
  /** What the stream threw. */
  error: unknown
}

/** Reads a stream to its end or its error; `onEvent` sees each event as it comes. */
export async function collect(
  stream: AsyncIterable<ModelEvent>,
  onEvent: (event: ModelEvent, index: number) => void = () => {},
): Promise<Collected> {
  const events: ModelEvent[] = []
  let error: unknown
  try {
    for await (const event of stream) {
      events.push(event)
      onEvent(event, events.length - 1)
    }
  } catch (thrown) {
    error = thrown
  }
  const joined = (type: 'text' | 'reasoning') => events.map((event) => (event.type === type ? event.text : '')).join('')
  return {events, text: joined('text'), reasoning: joined('reasoning'), error}
}

/** What was streamed as the conversation has it, with one result for each call. */
export function messagesOf({events, text, reasoning}: Collected, result: unknown = 'text'): ModelMessage[] {
  const toolCalls = events.flatMap((event) => (event.type === 'tool-call' ? [event.call] : []))
  const signed = events.find((event) => event.type === 'signed')?.step
  return [
    {role: 'assistant', text, reasoning, toolCalls, ...(signed ? {signed} : {})},
    ...toolCalls.map(({id, name}): ModelMessage => ({role: 'tool', toolCallId: id, name, result})),
  ]
}

export function finishOf({events}: Collected): Extract<ModelEvent, {type: 'finish'}> | undefined {
  return events.find((event) => event.type === 'finish')
}
