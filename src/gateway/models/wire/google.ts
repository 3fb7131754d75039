import {boundedValue} from '../output/tool-input.js'
import {isJson, type Json, listOf, ProviderSaid, statusIn, type Wire, without} from './types.js'

const parts = ['text', 'functionCall', 'inlineData', 'executableCode', 'codeExecutionResult', 'thoughtSignature']

/** Google's `streamGenerateContent`. */
export function googleWire(): Wire {
  return {
    read(event) {
      const {error} = event
      if (isJson(error)) return {failure: new ProviderSaid({error}, statusIn(error.code))}
      if (typeof error === 'string') return {failure: new ProviderSaid({error})}
      const notes: string[] = []
      const candidates = listOf(event.candidates)
        .filter(isJson)
        .map((one) => candidate(one, notes))
      const reason = candidates[0]?.finishReason
      const feedback = isJson(event.promptFeedback) ? event.promptFeedback : undefined
      // The client library asks for the rest by itself.
      const over = (typeof reason === 'string' && reason !== 'CONTINUATION') || isBlocked(feedback?.blockReason)
      return {
        pass: {
          ...without(event, {responseId: 'string', promptFeedback: 'object'}),
          candidates,
          ...('usageMetadata' in event ? {usageMetadata: numbers(event.usageMetadata)} : {}),
        },
        ...(notes.length > 0 ? {note: notes.join('; ')} : {}),
        ...(over ? {end: 'more' as const} : {}),
      }
    },
    unfold: (answer) => [answer],
  }
}

function isBlocked(reason: unknown): boolean {
  return typeof reason === 'string' && reason !== '' && !/^BLOCK(ED)?_REASON_UNSPECIFIED$/.test(reason)
}

function candidate(source: Json, notes: string[]): Json {
  const mended = without(source, {finishReason: 'string', finishMessage: 'string', groundingMetadata: 'object'})
  if (!isJson(source.content)) return mended
  const known = listOf(source.content.parts)
    .filter(isJson)
    .filter((part) => {
      if (parts.some((name) => name in part)) return true
      notes.push(`a part with ${Object.keys(part).slice(0, 5).join(', ') || 'nothing'}`)
      return false
    })
    .map((part) => withBoundedCall(without(part, {text: 'string', thoughtSignature: 'string'})))
  return {...mended, content: {...source.content, parts: known}}
}

/** Google sends a call whole, and as a value. */
function withBoundedCall(part: Json): Json {
  if (!isJson(part.functionCall)) return part
  return {...part, functionCall: {...part.functionCall, args: boundedValue(part.functionCall.args)}}
}

function numbers(value: unknown): Json {
  const counts = isJson(value) ? value : {}
  return Object.fromEntries(Object.entries(counts).filter(([name, one]) => !name.endsWith('Count') || isAmount(one)))
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}
