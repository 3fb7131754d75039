import type {AssistantModelMessage, JSONValue, ModelMessage as SdkMessage, ToolModelMessage, UserContent} from 'ai'
import {CallIds} from './call-ids.js'
import {type ApiKind, isClaude} from './catalog.js'
import type {PartOptions, SignedStep} from './signed-step.js'
import type {ModelMessage, ToolCall} from './types.js'

type AssistantPart = Exclude<AssistantModelMessage['content'], string>[number]
type Options = NonNullable<Extract<AssistantPart, {type: 'text'}>['providerOptions']>
type ToolPart = ToolModelMessage['content'][number]
type AssistantMessage = Extract<ModelMessage, {role: 'assistant'}>
type UserMessage = Extract<ModelMessage, {role: 'user'}>

/** Who the conversation is for. */
export interface Reader {
  kind: ApiKind
  /** Id of the model. What other models signed is not sent to it. */
  id: string
}

/** What a model is told of a tool whose process died while it ran. */
export const unknownOutcome =
  'The outcome is unknown: the program was interrupted while this tool ran. It may have taken effect.'

/**
 * The conversation in the form of the AI SDK, as the reader's provider takes it. Providers refuse a call without a result
 * and a result without a call, and an interrupted turn leaves both: a missing result is filled in as unknown, an
 * orphaned one is left out. They refuse empty text, ids of another form than theirs, and signatures of others.
 */
export function toSdkMessages(messages: readonly ModelMessage[], reader: Reader, takesImages = true): SdkMessage[] {
  const converted: SdkMessage[] = []
  const currentTurn = turnStart(messages)
  const ids = new CallIds(reader.kind)
  for (const [index, message] of messages.entries()) {
    if (message.role === 'user') {
      const content = userContent(message, takesImages)
      if (typeof content !== 'string' || !isBlank(content)) converted.push({role: 'user', content})
    } else if (message.role === 'assistant') {
      const own = ownStep(message, reader)
      const called = message.toolCalls ?? []
      const sentIds = ids.ofStep(
        called.map(({id}) => id),
        own !== undefined,
      )
      const calls = called.map((call, at) => ({...call, sentId: sentIds[at] ?? call.id}))
      const parts = assistantParts(message, calls, own, index > currentTurn)
      if (parts.length > 0) converted.push({role: 'assistant', content: parts})
      if (calls.length > 0) converted.push({role: 'tool', content: resultsOf(calls, messages, index)})
    }
  }
  return converted
}

/** Index of the prompt of the turn at work: what is said to a turn while it runs stands behind results, and begins none. */
function turnStart(messages: readonly ModelMessage[]): number {
  return messages.findLastIndex(({role}, at) => role === 'user' && messages[at - 1]?.role !== 'tool')
}

/** Images before the text, as Anthropic advises. Of one that is left out the model is told. */
function userContent({text, images = []}: UserMessage, takesImages: boolean): UserContent {
  const parts: Exclude<UserContent, string> = []
  const told = [text]
  for (const {label, mediaType, read} of images) {
    const data = takesImages ? read() : undefined
    if (data) parts.push({type: 'file', data, mediaType})
    else
      told.push(`(${label} is left out: ${takesImages ? 'its file is gone' : 'this model is set to take no images'}.)`)
  }
  const words = told.length === 1 ? text : told.filter((one) => !isBlank(one)).join('\n\n')
  if (parts.length === 0) return words
  return isBlank(words) ? parts : [...parts, {type: 'text', text: words}]
}

/**
 * Whether a model may be asked to reason. Anthropic refuses it in a turn at work that does not begin with reasoning that
 * it signed, as after a change of the model in mid-turn; the next turn may.
 */
export function mayReason(messages: readonly ModelMessage[], reader: Reader): boolean {
  if (reader.kind !== 'anthropic' && !(reader.kind === 'bedrock' && isClaude(reader.id))) return true
  const turn = messages.slice(turnStart(messages) + 1)
  const first = turn.find((message) => message.role === 'assistant' && isSent(message, reader))
  if (first?.role !== 'assistant') return true
  const own = ownStep(first, reader)
  // A model that was asked to and saw no need for it is not held to it.
  return own !== undefined && (own.reasons || own.parts[0]?.kind === 'reasoning')
}

function isSent(message: AssistantMessage, reader: Reader): boolean {
  const calls = (message.toolCalls ?? []).map((call) => ({...call, sentId: call.id}))
  return assistantParts(message, calls, ownStep(message, reader), true).length > 0
}

type SentCall = ToolCall & {sentId: string}

function ownStep({signed}: AssistantMessage, {id}: Reader): SignedStep | undefined {
  return signed?.origin === id ? signed : undefined
}

/** In the order in which the model wrote them. */
function assistantParts(
  {text, reasoning = ''}: AssistantMessage,
  calls: readonly SentCall[],
  own: SignedStep | undefined,
  inCurrentTurn: boolean,
): AssistantPart[] {
  const layout = own?.parts ?? []
  const at = {text: startOf(layout, 'text', text), reasoning: startOf(layout, 'reasoning', reasoning)}
  const head = text.slice(0, at.text)
  const parts: AssistantPart[] = []
  const left = [...calls]
  for (const part of layout) {
    const options = optionsOf(part.options)
    if (part.kind === 'call') {
      const call = left.shift()
      if (call) parts.push(callPart(call, options))
      continue
    }
    const {kind, length} = part
    const piece = (kind === 'text' ? text : reasoning).slice(at[kind], at[kind] + length)
    at[kind] += length
    // Reasoning that nobody signed is only asked for, and by some servers only accepted, in the turn that it belongs to.
    const sent =
      kind === 'text' ? !isBlank(piece) || isSigned(part.options) : inCurrentTurn || part.options !== undefined
    if (sent) parts.push({type: kind, text: piece, ...options})
  }
  // A reply has to begin with its signed reasoning, also where another one was begun before it.
  const afterReasoning = parts.findIndex(({type}) => type !== 'reasoning')
  if (!isBlank(head)) parts.splice(afterReasoning === -1 ? parts.length : afterReasoning, 0, {type: 'text', text: head})
  parts.push(...left.map((call) => callPart(call)))
  // Reasoning of which nothing came is refused.
  return parts.every(({type}) => type === 'reasoning') ? [] : parts
}

/** Where the step begins in the text of its message: it is the end of it. */
function startOf(layout: SignedStep['parts'], kind: 'text' | 'reasoning', whole: string): number {
  const length = layout.reduce((sum, part) => (part.kind === kind ? sum + part.length : sum), 0)
  return Math.max(0, whole.length - length)
}

function callPart(call: SentCall, options: {providerOptions?: Options} = {}): AssistantPart {
  return {type: 'tool-call', toolCallId: call.sentId, toolName: call.name, input: inputOf(call.args), ...options}
}

function optionsOf(options: PartOptions | undefined): {
  providerOptions?: NonNullable<Options>
} {
  return options ? {providerOptions: options as Options} : {}
}

/** Google signs parts that are empty. */
function isSigned(options: PartOptions | undefined): boolean {
  return Object.values(options ?? {}).some((members) => 'thoughtSignature' in members)
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}

/** The results right after the message at `index`, in the order of its calls. */
function resultsOf(calls: readonly SentCall[], messages: readonly ModelMessage[], index: number): ToolPart[] {
  const found = new Map<string, unknown[]>()
  for (let at = index + 1; at < messages.length; at++) {
    const message = messages[at]
    if (message?.role !== 'tool') break
    const results = found.get(message.toolCallId)
    if (results) results.push(message.result)
    else found.set(message.toolCallId, [message.result])
  }
  return calls.map(({id, sentId, name}) => ({
    type: 'tool-result',
    toolCallId: sentId,
    toolName: name,
    output: outputOf(found.get(id)?.shift()),
  }))
}

function outputOf(result: unknown): ToolPart extends infer P ? (P extends {output: infer O} ? O : never) : never {
  if (result === undefined) return {type: 'error-text', value: unknownOutcome}
  if (typeof result === 'string') return {type: 'text', value: result}
  return {type: 'json', value: jsonOf(result)}
}

/** Arguments have to be an object; what a model sent instead goes back to it under a name that says so. */
function inputOf(args: unknown): JSONValue {
  const value = jsonOf(args ?? {})
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {unparsed_arguments: value}
}

function jsonOf(value: unknown): JSONValue {
  return JSON.parse(JSON.stringify(value) ?? 'null') as JSONValue
}
