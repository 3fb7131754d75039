import type {AssistantModelMessage, JSONValue, ModelMessage as SdkMessage, ToolModelMessage} from 'ai'
import type {StepMemory} from './step-memory.js'
import type {ModelMessage, ToolCall} from './types.js'

type AssistantPart = Exclude<AssistantModelMessage['content'], string>[number]
type ToolPart = ToolModelMessage['content'][number]

/** What a model is told of a tool whose process died while it ran. */
export const unknownOutcome =
  'The outcome is unknown: the program was interrupted while this tool ran. It may have taken effect.'

/**
 * The conversation in the form of the AI SDK. Providers refuse a call without a result and a result
 * without a call, and an interrupted turn leaves both: a missing result is filled in as unknown, an
 * orphaned one is left out.
 */
export function toSdkMessages(messages: readonly ModelMessage[], memory: StepMemory): SdkMessage[] {
  const converted: SdkMessage[] = []
  // Reasoning is only asked for, and only accepted by some servers, within the turn that it belongs to.
  const currentTurn = messages.findLastIndex((message) => message.role === 'user')
  for (const [index, message] of messages.entries()) {
    if (message.role === 'user') {
      if (message.text !== '') converted.push({role: 'user', content: message.text})
    } else if (message.role === 'assistant') {
      const parts = assistantParts(message, index > currentTurn, memory)
      if (parts.length > 0) converted.push({role: 'assistant', content: parts})
      const calls = message.toolCalls ?? []
      if (calls.length > 0) converted.push({role: 'tool', content: resultsOf(calls, messages, index)})
    }
  }
  return converted
}

function assistantParts(
  message: Extract<ModelMessage, {role: 'assistant'}>,
  inCurrentTurn: boolean,
  memory: StepMemory,
): AssistantPart[] {
  const calls = message.toolCalls ?? []
  const parts: AssistantPart[] = []
  const remembered = calls[0] ? memory.recall(calls[0].id) : undefined
  if (remembered && inCurrentTurn) parts.push(...remembered.reasoning)
  if (message.text !== '') parts.push({type: 'text', text: message.text})
  for (const call of calls) {
    const providerOptions = remembered?.calls.get(call.id)
    parts.push({
      type: 'tool-call',
      toolCallId: call.id,
      toolName: call.name,
      input: inputOf(call.args),
      ...(providerOptions ? {providerOptions} : {}),
    })
  }
  return parts
}

/** The results right after the message at `index`, in the order of its calls. */
function resultsOf(calls: readonly ToolCall[], messages: readonly ModelMessage[], index: number): ToolPart[] {
  const found = new Map<string, unknown>()
  for (let at = index + 1; at < messages.length; at++) {
    const message = messages[at]
    if (message?.role !== 'tool') break
    if (!found.has(message.toolCallId)) found.set(message.toolCallId, message.result)
  }
  return calls.map((call) => ({
    type: 'tool-result',
    toolCallId: call.id,
    toolName: call.name,
    output: outputOf(found.get(call.id)),
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
