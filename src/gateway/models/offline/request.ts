import type {ModelMessage, ModelRequest} from '../types.js'

/** What the conversation asks of the offline model now. */
export interface Asked {
  /** The person's last prompt that is not an instruction to continue. */
  prompt: string
  /** Text of the reply that broke off and is to be continued; undefined: a fresh reply. */
  partial: string | undefined
  /** Results of the tools that were called since the prompt, oldest first. */
  results: Extract<ModelMessage, {role: 'tool'}>[]
  /** Counts the person's prompts, so that ids of tool calls differ between turns. */
  turn: number
}

/** Reads the end of the conversation. */
export function readRequest(request: ModelRequest): Asked {
  const {messages} = request
  const turn = messages.filter((message) => message.role === 'user').length
  const promptAt = messages.findLastIndex(
    (message, index) => message.role === 'user' && !isContinueInstruction(messages, index),
  )
  const prompt = messages[promptAt]
  const after = messages.slice(promptAt + 1)
  const last = messages.at(-1)
  const continues = last?.role === 'assistant' || (last?.role === 'user' && messages.length - 1 > promptAt)
  const lastText = after.findLast((message) => message.role === 'assistant' && message.text !== '')
  return {
    prompt: prompt?.role === 'user' ? prompt.text.trim() : '',
    partial: continues && lastText?.role === 'assistant' ? lastText.text : undefined,
    results: after.filter((message) => message.role === 'tool'),
    turn,
  }
}

/** A user message that follows a reply and begins with the word: "Continue exactly where you stopped". */
function isContinueInstruction(messages: readonly ModelMessage[], index: number): boolean {
  const message = messages[index]
  if (message?.role !== 'user' || index === 0) return false
  const previous = messages[index - 1]
  if (previous?.role !== 'assistant' && previous?.role !== 'tool') return false
  return /^[[(<\s]*(please\s+)?(continue|go on|carry on|resume)\b/i.test(message.text)
}
