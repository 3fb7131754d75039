import type {ModelMessage, ToolSpec} from '../models/types.js'

/** What hosted models come to in English and in code; other scripts have more bytes a character and more tokens. */
const BYTES_PER_TOKEN = 4

/** What a message costs beside its words. */
const MESSAGE_TOKENS = 4

const known = new WeakMap<object, number>()

/** Size of a message, estimated; it is measured once. */
export function tokensOfMessage(message: ModelMessage): number {
  return remembered(message, () => MESSAGE_TOKENS + tokensOfText(wordsOf(message)))
}

/** Size of a whole request, estimated. `scale`: how many tokens the provider counted for one of these. */
export function tokensOfRequest(
  {system, messages, tools}: {system: string; messages: readonly ModelMessage[]; tools: readonly ToolSpec[]},
  scale = 1,
): number {
  const told = messages.reduce((sum, message) => sum + tokensOfMessage(message), 0)
  return Math.ceil((tokensOfFixed({system, tools}) + told) * scale)
}

/** Of what each request begins with. */
export function tokensOfFixed({system, tools}: {system: string; tools: readonly ToolSpec[]}): number {
  return tokensOfText(system) + tools.reduce((sum, tool) => sum + remembered(tool, () => tokensOfValue(tool)), 0)
}

export function tokensOfText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)
}

/** Functions of a tool are none of its JSON. */
export function tokensOfValue(value: unknown): number {
  return tokensOfText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}

function remembered(key: object, measure: () => number): number {
  const size = known.get(key)
  if (size !== undefined) return size
  const measured = measure()
  known.set(key, measured)
  return measured
}

function wordsOf(message: ModelMessage): string {
  if (message.role === 'user') return message.text
  if (message.role === 'tool') return JSON.stringify(message.result) ?? ''
  const {text, reasoning = '', toolCalls, signed} = message
  return text + (signed ? reasoning : '') + (toolCalls ? JSON.stringify(toolCalls) : '')
}
