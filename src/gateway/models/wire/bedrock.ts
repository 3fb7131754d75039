import {boundedValue} from '../output/tool-input.js'
import {isJson, type Json, listOf, ProviderSaid, type Reading, type Wire, without} from './types.js'

const statusByException: Readonly<Record<string, number>> = {
  validationException: 400,
  accessDeniedException: 403,
  resourceNotFoundException: 404,
  modelTimeoutException: 408,
  // Its documentation says 424, and to ask again.
  modelStreamErrorException: 500,
  throttlingException: 429,
  internalServerException: 500,
  serviceUnavailableException: 503,
  modelNotReadyException: 429,
}

/** What a delta carries; of reasoning by the member of its own. */
const deltas = ['text', 'toolUse', 'reasoningContent'] as const
const reasoningParts = ['text', 'signature', 'data', 'redactedContent'] as const

/** Converse of Amazon Bedrock, an event `{TYPE: payload}`. Its last word is `metadata`, behind `messageStop`. */
export function bedrockWire(): Wire {
  return {
    framed: true,
    read(event) {
      const [[type, payload] = ['', undefined]] = Object.entries(event)
      const value = isJson(payload) ? payload : {}
      switch (type) {
        case 'messageStart':
        case 'contentBlockStop':
          return {pass: event}
        case 'contentBlockStart':
          return start(value)
        case 'contentBlockDelta':
          return delta(value)
        case 'messageStop':
          return {
            pass: {messageStop: {...value, stopReason: String(value.stopReason ?? '')}},
            end: 'more',
            ...(value.stopReason === 'refusal' ? {refused: true} : {}),
          }
        case 'metadata':
          return {pass: {metadata: metadata(value)}, end: 'nothing'}
        case 'error':
          return {failure: new ProviderSaid({error: payload})}
        default:
          if (/exception$/i.test(type)) return {failure: exception(type, value)}
          return {note: `an event of type ${JSON.stringify(type)}`}
      }
    },
    unfold(answer) {
      const message = isJson(answer.output) && isJson(answer.output.message) ? answer.output.message : undefined
      if (!message) return typeof answer.message === 'string' ? [{error: {message: answer.message}}] : []
      return [
        {messageStart: {role: 'assistant'}},
        ...listOf(message.content).filter(isJson).flatMap(block),
        {messageStop: {stopReason: answer.stopReason}},
        {metadata: {usage: answer.usage}},
      ]
    },
  }
}

/** Only a call begins with something. */
function start(value: Json): Reading {
  const begun = isJson(value.start) ? value.start : {}
  if (isJson(begun.toolUse)) return {pass: {contentBlockStart: {...value, start: {toolUse: begun.toolUse}}}}
  const [kind] = Object.keys(begun)
  return kind === undefined ? {pass: {contentBlockStart: value}} : {note: `a block with ${kind}`}
}

function delta(value: Json): Reading {
  const part = isJson(value.delta) ? value.delta : {}
  const kind = deltas.find((each) => part[each] !== undefined && part[each] !== null)
  const pass = (mended: unknown): Reading => ({pass: {contentBlockDelta: {...value, delta: {[kind ?? '']: mended}}}})
  if (kind === 'text') return pass(String(part.text))
  if (kind === 'toolUse') {
    const {input} = isJson(part.toolUse) ? part.toolUse : {}
    if (input === undefined || input === null) return {}
    return pass({input: typeof input === 'string' ? input : JSON.stringify(boundedValue(input))})
  }
  if (kind === 'reasoningContent' && isJson(part.reasoningContent)) {
    const said = part.reasoningContent
    const member = reasoningParts.find((each) => typeof said[each] === 'string')
    return member ? pass({[member]: said[member]}) : {note: 'reasoning of an unknown form'}
  }
  return {note: `a delta with ${Object.keys(part).slice(0, 5).join(', ') || 'nothing'}`}
}

/** Tokens; its client library wants the first two. */
function metadata(value: Json): Json {
  const {usage} = value
  if (!isJson(usage)) return {}
  const counts = without(usage, {
    inputTokens: 'number',
    outputTokens: 'number',
    totalTokens: 'number',
    cacheReadInputTokens: 'number',
    cacheWriteInputTokens: 'number',
  })
  const {cacheDetails: _, ...plain} = counts
  return {usage: {...plain, inputTokens: counts.inputTokens ?? 0, outputTokens: counts.outputTokens ?? 0}}
}

function exception(type: string, value: Json): ProviderSaid {
  const name = `${type.charAt(0).toLowerCase()}${type.slice(1)}`
  const message = value.message ?? value.Message ?? name
  return new ProviderSaid({error: {message, type: name}}, statusByException[name])
}

/** The events of one finished block. */
function block(whole: Json, contentBlockIndex: number): Json[] {
  const at = {contentBlockIndex}
  const stop = {contentBlockStop: at}
  const piece = (part: Json): Json => ({contentBlockDelta: {...at, delta: part}})
  if (typeof whole.text === 'string') return [piece({text: whole.text}), stop]
  if (isJson(whole.toolUse)) {
    const {input, ...call} = whole.toolUse
    const given = JSON.stringify(boundedValue(input ?? {}))
    return [{contentBlockStart: {...at, start: {toolUse: call}}}, piece({toolUse: {input: given}}), stop]
  }
  const reasoning = isJson(whole.reasoningContent) ? whole.reasoningContent.reasoningText : undefined
  if (!isJson(reasoning)) return []
  const parts = [{text: reasoning.text}, {signature: reasoning.signature}]
  const told = parts.filter((part) => Object.values(part).every((said) => typeof said === 'string'))
  return [...told.map((part) => piece({reasoningContent: part})), stop]
}
