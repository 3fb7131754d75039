import {boundedValue} from '../output/tool-input.js'
import {isJson, type Json, listOf, ProviderSaid, type Reading, type Wire, without} from './types.js'

const statusByType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

const blocks = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use'])

/** What a delta carries, by its type. */
const deltas: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'partial_json',
}

/** Anthropic's Messages API. We ask for no tools that run there, so that other blocks are none of ours. */
export function anthropicWire(): Wire {
  /** Indexes of blocks that are skipped. */
  const skipped = new Set<unknown>()

  function start(event: Json): Reading {
    const block = isJson(event.content_block) ? event.content_block : {}
    if (blocks.has(String(block.type))) return {pass: event}
    skipped.add(event.index)
    return {note: `a block of type ${JSON.stringify(block.type)}`}
  }

  function delta(event: Json): Reading {
    if (skipped.has(event.index)) return {}
    const part = isJson(event.delta) ? event.delta : {}
    const member = deltas[String(part.type)]
    if (member === undefined) return {note: `a delta of type ${JSON.stringify(part.type)}`}
    const {[member]: value} = part
    if (typeof value === 'string') return {pass: event}
    if (value === undefined || value === null) return {}
    return {
      pass: {...event, delta: {...part, [member]: isJson(value) ? JSON.stringify(boundedValue(value)) : String(value)}},
    }
  }

  return {
    read(event) {
      switch (event.type) {
        case 'message_start':
          return {pass: {...event, message: message(event.message)}}
        case 'content_block_start':
          return start(event)
        case 'content_block_delta':
          return delta(event)
        case 'content_block_stop':
          return skipped.has(event.index) ? {} : {pass: event}
        case 'message_delta': {
          const change = isJson(event.delta) ? event.delta : {}
          const {stop_reason, stop_sequence} = without(change, {stop_reason: 'string', stop_sequence: 'string'})
          const usage = counted(event.usage)
          return {
            pass: {type: 'message_delta', delta: {stop_reason, stop_sequence}, usage},
            ...(stop_reason === 'refusal' ? {refused: true} : {}),
          }
        }
        case 'message_stop':
          return {pass: {type: 'message_stop'}, end: 'nothing'}
        case 'ping':
          return {}
        case 'error': {
          const error = isJson(event.error) ? event.error : {message: event.error}
          return {failure: new ProviderSaid({error}, statusByType[String(error.type)])}
        }
        default:
          if (event.type === undefined && event.error !== undefined) return {failure: new ProviderSaid(event)}
          return {note: `an event of type ${JSON.stringify(event.type)}`}
      }
    },
    unfold(answer) {
      if (answer.type === 'error') return [answer]
      return [
        {type: 'message_start', message: answer},
        ...listOf(answer.content).filter(isJson).flatMap(block),
        {type: 'message_delta', delta: answer, usage: answer.usage},
        {type: 'message_stop'},
      ]
    },
  }
}

function message(value: unknown): Json {
  const {id, model, role, usage} = isJson(value) ? value : {}
  return {
    ...without({id, model, role}, {id: 'string', model: 'string', role: 'string'}),
    usage: {input_tokens: 0, ...counted(usage)},
  }
}

const counts = {
  input_tokens: 'number',
  output_tokens: 'number',
  cache_read_input_tokens: 'number',
  cache_creation_input_tokens: 'number',
  cache_creation: 'object',
  output_tokens_details: 'object',
  service_tier: 'string',
} as const

/** Tokens; the client library wants the first two in a start. */
function counted(value: unknown): Json {
  const usage = without(isJson(value) ? value : {}, counts)
  return {...usage, output_tokens: usage.output_tokens ?? 0}
}

function block(whole: Json, index: number): Json[] {
  const at = {type: 'content_block_delta', index}
  const pieces: Json[] = []
  let empty: Json = whole
  if (whole.type === 'text') {
    empty = {type: 'text', text: ''}
    pieces.push({...at, delta: {type: 'text_delta', text: whole.text}})
  } else if (whole.type === 'thinking') {
    empty = {type: 'thinking', thinking: ''}
    pieces.push({...at, delta: {type: 'thinking_delta', thinking: whole.thinking}})
    pieces.push({...at, delta: {type: 'signature_delta', signature: whole.signature}})
  } else if (whole.type === 'tool_use') {
    empty = {...whole, input: {}}
    pieces.push({
      ...at,
      delta: {type: 'input_json_delta', partial_json: JSON.stringify(boundedValue(whole.input ?? {}))},
    })
  }
  return [{type: 'content_block_start', index, content_block: empty}, ...pieces, {type: 'content_block_stop', index}]
}
