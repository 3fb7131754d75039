import {isJson, type Json, listOf, ProviderSaid, statusIn, type Wire} from './types.js'

const statusByCode: Readonly<Record<string, number>> = {
  rate_limit_exceeded: 429,
  server_error: 500,
  server_is_overloaded: 503,
  slow_down: 503,
}

/** OpenAI's Responses API. Unknown events and items are skipped by its client library. */
export function responsesWire(): Wire {
  return {
    read(event) {
      const {type} = event
      const response = isJson(event.response) ? event.response : {}
      if (typeof type !== 'string') {
        if (isJson(event.error)) return {failure: said(event.error)}
        if (event.error !== undefined) return {failure: new ProviderSaid(event)}
        return {note: 'an event without a type'}
      }
      switch (type) {
        case 'response.created':
        case 'response.in_progress':
          // Its client library fails the whole reply on another form, and nothing of it is needed.
          return typeof response.id === 'string' && typeof response.created_at === 'number'
            ? {pass: event}
            : {note: `${type} of an odd form`}
        case 'error':
          return {failure: said(isJson(event.error) ? event.error : event)}
        case 'response.failed':
          return {failure: said(isJson(response.error) ? response.error : {message: 'it gave no reason'})}
        case 'response.completed':
        case 'response.incomplete':
          return {pass: event, end: 'nothing'}
        case 'response.cancelled':
          return {failure: new ProviderSaid({error: {message: 'it cancelled the reply'}})}
        case 'response.refusal.delta':
          return {pass: event, refused: true}
        default:
          return {pass: event}
      }
    },
    unfold(answer) {
      if (isJson(answer.error)) return [{type: 'response.failed', response: answer}]
      return [
        {type: 'response.created', response: answer},
        ...listOf(answer.output).filter(isJson).flatMap(item),
        {type: answer.status === 'incomplete' ? 'response.incomplete' : 'response.completed', response: answer},
      ]
    },
  }
}

function said(error: Json): ProviderSaid {
  const {code} = error
  return new ProviderSaid({error}, statusIn(code) ?? (typeof code === 'string' ? statusByCode[code] : undefined))
}

/** The events of one finished item; its client library reads the text of a message from deltas alone. */
function item(whole: Json, index: number): Json[] {
  const at = {output_index: index, item_id: whole.id}
  const parts = listOf(whole.content).filter(isJson)
  const deltas = whole.type === 'message' ? parts.flatMap((part) => messageDelta(part, at)) : []
  return [
    {type: 'response.output_item.added', output_index: index, item: {...whole, ...emptied(whole)}},
    ...deltas,
    {type: 'response.output_item.done', output_index: index, item: whole},
  ]
}

function messageDelta(part: Json, at: Json): Json[] {
  if (part.type === 'refusal') return [{type: 'response.refusal.delta', ...at, delta: part.refusal}]
  return part.type === 'output_text' ? [{type: 'response.output_text.delta', ...at, delta: part.text}] : []
}

function emptied({type}: Json): Json {
  return type === 'function_call' ? {arguments: ''} : {}
}
