import {continueInstruction} from '../../turn/history.js'
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
  const prompts = messages.filter((message) => message.role === 'user' && !isContinue(message))
  const prompt = prompts.at(-1)
  const after = prompt ? messages.slice(messages.lastIndexOf(prompt) + 1) : messages
  const last = messages.at(-1)
  const continues = last !== undefined && (last.role === 'assistant' || isContinue(last))
  const shown = after.findLast((message) => message.role === 'assistant')
  return {
    prompt: prompt?.role === 'user' ? prompt.text.trim() : '',
    partial: continues && shown?.role === 'assistant' && shown.text !== '' ? shown.text : undefined,
    results: after.filter((message) => message.role === 'tool'),
    turn: prompts.length,
  }
}

function isContinue(message: ModelMessage): boolean {
  return message.role === 'user' && message.text === continueInstruction
}
