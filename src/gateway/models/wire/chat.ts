import {boundedValue} from '../output/tool-input.js'
import {isJson, type Json, listOf, ProviderSaid, type Reading, statusIn, type Wire, without} from './types.js'

/** Words with which servers say in `finish_reason` that they failed: OpenRouter, vLLM. */
const failed = new Set(['error', 'abort'])

/** Words that some servers have for OpenAI's. */
const synonyms: Readonly<Record<string, string>> = {
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  end_turn: 'stop',
  STOP: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  max_length: 'length',
  MAX_TOKENS: 'length',
  safety: 'content_filter',
}

/** Chat completions: OpenAI's form as dozens of servers speak it. */
export function chatWire(): Wire {
  let called = false
  let reason = false

  function readChunk(event: Json): Reading {
    const choices = listOf(event.choices).filter(isJson)
    const [first] = choices
    const error = errorOf(event) ?? (first && errorOf(first))
    if (error) return {failure: error}
    if (typeof first?.finish_reason === 'string' && failed.has(first.finish_reason)) {
      return {failure: new ProviderSaid({error: {message: `it ended the reply with "${first.finish_reason}"`}})}
    }
    const mended = choices.map(choice)
    called ||= mended.some(({delta}) => isJson(delta) && listOf(delta.tool_calls).length > 0)
    const refusal = first && isJson(first.delta) ? first.delta.refusal : undefined
    const said = typeof first?.finish_reason === 'string' && first.finish_reason !== ''
    reason ||= said
    return {
      pass: {
        ...without(event, {id: 'string', created: 'number', model: 'string', usage: 'object', provider: 'string'}),
        choices: mended,
        ...(isJson(event.usage) ? {usage: usage(event.usage)} : {}),
      },
      ...(said ? {end: 'more' as const} : {}),
      ...(typeof refusal === 'string' && refusal !== '' ? {refused: true} : {}),
    }
  }

  return {
    read(event) {
      if (!('choices' in event) && !('error' in event) && !('usage' in event)) {
        return {note: `an event without choices: ${Object.keys(event).slice(0, 5).join(', ')}`}
      }
      return readChunk(event)
    },
    unfold(answer) {
      const choices = listOf(answer.choices)
        .filter(isJson)
        .map(({message, text, ...rest}) => {
          const whole = isJson(message) ? message : {content: text}
          const calls = listOf(whole.tool_calls).map((call, index) => (isJson(call) ? {index, ...call} : call))
          return {...rest, delta: {...whole, ...(calls.length > 0 ? {tool_calls: calls} : {})}}
        })
      return [{...answer, choices}]
    },
    done: () => ({choices: reason ? [] : [{index: 0, delta: {}, finish_reason: called ? 'tool_calls' : 'stop'}]}),
  }
}

function errorOf({error}: Json): ProviderSaid | undefined {
  if (error === undefined || error === null || error === false || error === '') return undefined
  return new ProviderSaid({error}, isJson(error) ? (statusIn(error.code) ?? statusIn(error.status)) : undefined)
}

function choice(source: Json): Json {
  const {finish_reason: said} = source
  const reason = typeof said === 'string' && Object.hasOwn(synonyms, said) ? {finish_reason: synonyms[said]} : {}
  const mended = {...without(source, {finish_reason: 'string', index: 'number', logprobs: 'object'}), ...reason}
  return isJson(source.delta) ? {...mended, delta: delta(source.delta)} : mended
}

function delta(source: Json): Json {
  const mended: Json = without(source, {reasoning_content: 'string', reasoning: 'string'})
  // Ollama and others say another role, or none.
  const {role: _role, ...rest} = mended
  if (typeof rest.content !== 'string' && !Array.isArray(rest.content)) delete rest.content
  if (rest.tool_calls !== undefined) rest.tool_calls = listOf(rest.tool_calls).filter(isJson).map(toolCall)
  return rest
}

function toolCall(source: Json): Json {
  const index = typeof source.index === 'string' ? Number(source.index) : source.index
  const called = isJson(source.function) ? source.function : {}
  const {arguments: args} = called
  const id = typeof source.id === 'number' ? String(source.id) : source.id
  return {
    ...without({...source, id}, {id: 'string', extra_content: 'object'}),
    // There is no other, and some say none.
    type: 'function',
    index: typeof index === 'number' && Number.isInteger(index) ? index : null,
    function: {
      ...without(called, {name: 'string'}),
      ...(args === undefined || args === null || typeof args === 'string'
        ? {}
        : {arguments: JSON.stringify(boundedValue(args))}),
    },
  }
}

const counts = ['prompt_tokens', 'completion_tokens', 'total_tokens'] as const

function usage(source: Json): Json {
  const mended = without(source, {prompt_tokens_details: 'object', completion_tokens_details: 'object'})
  const numbers = counts.map((name) => [name, typeof source[name] === 'number' ? source[name] : 0] as const)
  return {...mended, ...Object.fromEntries(numbers)}
}
