import type {EventPayloads} from '../../protocol/events.js'
import type {InterruptedTurn, ToolState, Usage, WireMessage} from '../../protocol/methods.js'
import {isPrompt} from '../../protocol/prompt-message.js'

export interface PrintedTool {
  tool_id: string
  name: string
  context: string
  duration_s?: number
  status: ToolState
}

/** A call that was not allowed in this run. */
export interface PermissionDenial {
  tool_id: string
  name: string
  context: string
  /** What the model was told. */
  reason: string
  /** The rule with which it would have been allowed: `--allow RULE`. */
  would_allow?: string
}

/** Everything that came of one prompt, across the gateways that worked on it. */
export interface Answer {
  text: string
  reasoning: string
  tools: PrintedTool[]
  usage: Usage | undefined
  /** Model steps, as far as the gateways told; each counts those before it. */
  steps: number
  denials: PermissionDenial[]
  /** Text of the current model step; `message.complete` repeats only this. */
  step: string
  /** Shown before a death and not stored: the reply that goes on may say it again. */
  overlap: string
}

export const emptyAnswer = (): Answer => ({
  text: '',
  reasoning: '',
  tools: [],
  usage: undefined,
  steps: 0,
  denials: [],
  step: '',
  overlap: '',
})

function commonPrefix(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

/** Takes back what the continued reply did not say again. */
function dropOverlap(answer: Answer): void {
  if (answer.overlap === '') return
  answer.text = answer.text.slice(0, -answer.overlap.length)
  answer.overlap = ''
}

/** Adds streamed text. Returns what of it is new to the reader. */
export function addText(answer: Answer, piece: string): string {
  const known = commonPrefix(answer.overlap, piece)
  const fresh = piece.slice(known)
  answer.overlap = answer.overlap.slice(known)
  if (fresh !== '') dropOverlap(answer)
  answer.text += fresh
  answer.step += fresh
  return fresh
}

/** Adds reasoning. */
export function addReasoning(answer: Answer, piece: string): void {
  answer.reasoning += piece
}

export function startTool(answer: Answer, {tool_id, name, context}: EventPayloads['tool.start']): void {
  answer.step = ''
  answer.tools.push({tool_id, name, context, status: 'unknown'})
}

export function completeTool(answer: Answer, payload: EventPayloads['tool.complete']): void {
  const {tool_id, name, duration_s, status = 'complete', context = '', result} = payload
  let tool = answer.tools.findLast((each) => each.tool_id === tool_id)
  if (!tool) {
    tool = {tool_id, name, context, status}
    answer.tools.push(tool)
  }
  const denied = denialIn(result)
  tool.status = denied === undefined ? status : 'denied'
  if (denied !== undefined) answer.denials.push({tool_id, name, context: tool.context, ...denied})
  if (duration_s !== undefined) tool.duration_s = duration_s
  answer.step = ''
}

/** What the model was told of a call that was not allowed; undefined for any other result. */
function denialIn(result: unknown): Pick<PermissionDenial, 'reason' | 'would_allow'> | undefined {
  if (typeof result !== 'object' || result === null || !('denied' in result) || result.denied !== true) return undefined
  const text = (name: string) => {
    const value = (result as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  }
  const rule = text('would_allow')
  return {reason: text('error') ?? 'not allowed', ...(rule === undefined ? {} : {would_allow: rule})}
}

/**
 * Takes the end of a turn. Returns text that was never streamed. The gateways differ in what
 * `message.complete` repeats: the whole reply, or what came after the last tool.
 */
export function complete(
  answer: Answer,
  {text, usage, reasoning, status, steps}: EventPayloads['message.complete'],
): string {
  answer.steps = Math.max(answer.steps, steps ?? 0)
  answer.usage = usage ?? answer.usage
  if (reasoning && !answer.reasoning) answer.reasoning = reasoning
  dropOverlap(answer)
  // Of a failed or interrupted turn it is a message about the failure.
  if (!text || status !== 'complete') return ''
  if (text.startsWith(answer.text)) return addText(answer, text.slice(answer.text.length))
  if (answer.step !== '' && text.startsWith(answer.step)) return addText(answer, text.slice(answer.step.length))
  return ''
}

/**
 * Brings the answer to what the store kept of a turn that broke off. Returns text that was stored
 * and not shown; text that was shown and not stored becomes the overlap.
 */
export function adoptStored(
  answer: Answer,
  stored: Pick<InterruptedTurn, 'assistant' | 'reasoning' | 'tools'>,
): string {
  for (const tool of stored.tools) {
    const known = answer.tools.find((each) => each.tool_id === tool.tool_id)
    if (known) known.status = tool.status
    else answer.tools.push({tool_id: tool.tool_id, name: tool.name, context: tool.context, status: tool.status})
  }
  if (stored.reasoning.startsWith(answer.reasoning)) answer.reasoning = stored.reasoning
  if (stored.assistant.startsWith(answer.text)) {
    answer.overlap = ''
    return addText(answer, stored.assistant.slice(answer.text.length))
  }
  if (answer.text.startsWith(stored.assistant)) answer.overlap = answer.text.slice(stored.assistant.length)
  return ''
}

/** The same with a reply that was found whole. */
export function adoptAnswered(answer: Answer, {text, reasoning, steps}: StoredTurn & {kind: 'answered'}): string {
  const fresh = adoptStored(answer, {assistant: text, reasoning, tools: []})
  answer.steps = Math.max(answer.steps, steps)
  return fresh
}

export type StoredTurn =
  /** The prompt is not in the session. */
  | {kind: 'absent'}
  /** The prompt is there, its reply is not. */
  | {kind: 'unanswered'}
  /** `steps`: at least so many. */
  | {kind: 'answered'; text: string; reasoning: string; failed: boolean; steps: number}

/**
 * What a resumed session holds of a prompt. A gateway without prompt ids is asked by the text of its
 * last prompt.
 */
export function findTurn(messages: readonly WireMessage[], promptId: string, prompt: string): StoredTurn {
  const isOurs = (message: WireMessage) =>
    isPrompt(message) && (message.prompt_id === undefined ? message.text === prompt : message.prompt_id === promptId)
  const lastPrompt = messages.findLastIndex(isPrompt)
  const at = messages.findLastIndex(isOurs)
  if (at === -1 || (messages[at]?.prompt_id === undefined && at !== lastPrompt)) return {kind: 'absent'}
  const rest = messages.slice(at + 1)
  const next = rest.findIndex(isPrompt)
  const replies = (next === -1 ? rest : rest.slice(0, next)).filter((message) => message.role === 'assistant')
  if (replies.length === 0) return {kind: 'unanswered'}
  return {
    kind: 'answered',
    // Parts between tools are set apart by a blank line, as their deltas were.
    text: replies.flatMap((message) => message.text || []).join('\n\n'),
    reasoning: replies.map((message) => message.reasoning ?? '').join(''),
    steps: replies.length,
    failed: replies.some((message) => message.status === 'error'),
  }
}
