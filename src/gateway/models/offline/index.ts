import {providerError} from '../errors.js'
import type {Model, ModelEvent, ModelRequest, ModelUsage} from '../types.js'
import {continuation, numberedToken} from './numbered.js'
import {paced} from './pace.js'
import {type Asked, readRequest} from './request.js'
import {
  type Behaviour,
  behaviourInPrompt,
  behaviourOf,
  DEFAULT_PACE,
  explanation,
  restOf,
  thought,
  thoughtAnswer,
  tokensOf,
} from './script.js'
import {nextClarifyStep, nextToolStep, type ToolStep} from './tool-script.js'

/** Names offered beside plain `offline`. */
export const offlineNames = ['200', '2000@50', 'think', 'tools', 'clarify', 'error'] as const

/** The model for `offline` (empty name) or `offline/NAME`; undefined when there is no such one. */
export function createOfflineModel(name: string): Model | undefined {
  const behaviour = behaviourOf(name)
  if (!behaviour) return undefined
  return {
    id: name === '' ? 'offline' : `offline/${name}`,
    provider: 'offline',
    contextMax: undefined,
    stream: (request) => step(name, behaviour, request),
  }
}

async function* step(name: string, behaviour: Behaviour, request: ModelRequest): AsyncGenerator<ModelEvent> {
  const {signal} = request
  signal.throwIfAborted()
  const asked = readRequest(request)
  const chosen = behaviour.kind === 'explain' ? behaviourInPrompt(asked.prompt) : behaviour
  const count = {output: 0, reasoning: 0}
  let reason: 'stop' | 'tool-calls' = 'stop'

  for await (const event of reply(name, chosen, asked, request)) {
    if (event.type === 'text') count.output++
    if (event.type === 'reasoning') count.reasoning++
    if (event.type === 'tool-call') reason = 'tool-calls'
    yield event
    signal.throwIfAborted()
  }
  yield {type: 'finish', reason, usage: usageOf(request, count), cost: {usd: 0, savedUsd: 0}}
}

async function* reply(
  name: string,
  behaviour: Behaviour,
  asked: Asked,
  request: ModelRequest,
): AsyncGenerator<ModelEvent> {
  const {signal} = request
  switch (behaviour.kind) {
    case 'explain':
      // Fixed text comes at once: a person without a model has waited for nothing.
      for (const text of tokensOf(restOf(explanation, asked.partial))) yield {type: 'text', text}
      return
    case 'count':
      yield* counted(behaviour.tokens, behaviour.perSecond, asked.partial, signal)
      return
    case 'think':
      if (asked.partial === undefined) yield* spoken('reasoning', thought, signal)
      yield* spoken('text', restOf(thoughtAnswer, asked.partial), signal)
      return
    case 'tools':
      yield* toolStep(nextToolStep(asked, namesOf(request)), asked.partial, signal)
      return
    case 'clarify':
      yield* toolStep(nextClarifyStep(asked, namesOf(request)), asked.partial, signal)
      return
    case 'error': {
      if (behaviour.after > 0) yield* counted(behaviour.after, DEFAULT_PACE, undefined, signal)
      const failure = {statusCode: 500, responseBody: '{"error":{"message":"this model always fails"}}'}
      const dropped = {code: 'ECONNRESET', message: 'the connection was closed'}
      throw providerError(behaviour.after > 0 ? dropped : failure, {
        provider: 'offline',
        model: name,
        baseUrl: '',
        keyVariables: [],
        secrets: [],
        local: true,
        started: behaviour.after > 0,
      })
    }
  }
}

async function* counted(
  tokens: number,
  perSecond: number,
  partial: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const {head, next} = partial === undefined ? {head: '', next: 0} : continuation(partial)
  if (head !== '') yield {type: 'text', text: head}
  let index = next
  for await (const due of paced(Math.max(0, tokens - next), perSecond, signal)) {
    for (let left = due; left > 0; left--) yield {type: 'text', text: numberedToken(index++)}
  }
}

async function* spoken(type: 'text' | 'reasoning', text: string, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  const tokens = tokensOf(text)
  let index = 0
  for await (const due of paced(tokens.length, DEFAULT_PACE, signal)) {
    for (const token of tokens.slice(index, index + due)) yield {type, text: token}
    index += due
  }
}

async function* toolStep(
  {say, call}: ToolStep,
  partial: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  yield* spoken('text', restOf(say, partial), signal)
  if (!call) return
  yield {type: 'tool-name', id: call.id, name: call.name}
  yield {type: 'tool-call', call}
}

function namesOf(request: ModelRequest): Set<string> {
  return new Set(request.tools.map((tool) => tool.name))
}

/** Input is estimated at four characters a token, which is what hosted models come to in English. */
function usageOf(request: ModelRequest, count: {output: number; reasoning: number}): ModelUsage {
  const characters = request.messages.reduce(
    (sum, message) => sum + (message.role === 'tool' ? 0 : message.text.length),
    request.system.length,
  )
  return {
    input: Math.ceil(characters / 4),
    output: count.output + count.reasoning,
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: count.reasoning,
  }
}
