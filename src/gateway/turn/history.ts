import {decodeSigned} from '../models/signed-step.js'
import type {ModelMessage, ToolCall} from '../models/types.js'
import type {MessageRow, ToolRow} from '../store/types.js'

/** What a model is told of a call that has no result. */
export const outcomes = {
  unknown: {error: 'outcome unknown: the process ended while it ran; check before doing it again'},
  asked: {error: 'not run: its question to the person was still open when the turn ended'},
  'not-started': {error: 'not run: the turn ended before it'},
} as const

const noReply = '(No reply: this turn was interrupted.)'
const brokenOff = '(This reply was interrupted here.)'

/** Asks a model to go on with a reply of which it sees the first part. */
export const continueInstruction =
  'Continue exactly where your reply above stopped: a technical interruption cut it off. Repeat nothing, do not apologise, do not comment on the interruption.'

/**
 * A reply that was broken off and then continued is stored in two pieces; they are one message, with
 * the fate of the last.
 */
export function joinContinued(rows: readonly MessageRow[]): MessageRow[] {
  const joined: MessageRow[] = []
  for (const row of rows) {
    const last = joined.at(-1)
    const goesOn =
      last?.role === 'assistant' &&
      row.role === 'assistant' &&
      last.turnId !== null &&
      last.turnId === row.turnId &&
      last.status !== 'complete' &&
      last.toolCalls.length === 0
    if (!goesOn) {
      joined.push(row)
      continue
    }
    joined[joined.length - 1] = {...row, text: last.text + row.text, reasoning: last.reasoning + row.reasoning}
  }
  return joined
}

/** What a model sees of a session: whole, even where turns broke off, since providers refuse gaps. */
export function toModelMessages(rows: readonly MessageRow[]): ModelMessage[] {
  const messages: ModelMessage[] = []
  let open: ToolCall[] = []
  let broken = false
  const settleCalls = () => {
    for (const call of open)
      messages.push({role: 'tool', toolCallId: call.id, name: call.name, result: outcomes['not-started']})
    open = []
  }
  for (const row of joinContinued(rows)) {
    if (row.role === 'tool') {
      if (!row.tool) continue
      const {id, name, args} = row.tool
      if (!open.some((call) => call.id === id)) {
        settleCalls()
        messages.push({role: 'assistant', text: '', toolCalls: [{id, name, args}]})
      }
      open = open.filter((call) => call.id !== id)
      messages.push({role: 'tool', toolCallId: id, name, result: toldOf(row.tool)})
      continue
    }
    settleCalls()
    if (row.role === 'user' || row.role === 'system') {
      if (row.text === '') continue
      closeTurn(messages, broken)
      messages.push({role: 'user', text: row.text})
      broken = false
    } else if (row.role === 'assistant') {
      messages.push(assistantMessage(row))
      open = [...row.toolCalls]
      broken = row.status !== 'complete'
    }
  }
  settleCalls()
  // Reasoning alone, which nobody signed, is nothing to go on with: the model is asked again.
  const last = messages.at(-1)
  if (last?.role === 'assistant' && last.text.trim() === '') messages.pop()
  return messages
}

function toldOf({state, result}: ToolRow): unknown {
  return state === 'complete' || state === 'denied' ? result : outcomes[state]
}

function assistantMessage(row: MessageRow): ModelMessage {
  const signed = decodeSigned(row.signed)
  return {
    role: 'assistant',
    text: row.text,
    ...(row.reasoning ? {reasoning: row.reasoning} : {}),
    ...(row.toolCalls.length > 0 ? {toolCalls: row.toolCalls} : {}),
    ...(signed ? {signed} : {}),
  }
}

/**
 * Before the next prompt, says of a turn that broke off that it did: two prompts in a row would be
 * read as one request, and the old one done after all (protocol weakness 14).
 */
function closeTurn(messages: ModelMessage[], broken: boolean): void {
  const last = messages.at(-1)
  if (!last) return
  if (last.role !== 'assistant') messages.push({role: 'assistant', text: noReply})
  else if (broken) {
    last.text = last.text.trim() === '' ? noReply : `${last.text}\n\n${brokenOff}`
    delete last.signed
  }
}
