import type {ModelMessage as SdkMessage, SystemModelMessage} from 'ai'
import {isClaude} from './catalog.js'
import type {Reader} from './sdk-messages.js'

/** In the form of Anthropic's API; OpenRouter takes the same. Kept for five minutes after it was used last. */
const ephemeral = {cacheControl: {type: 'ephemeral'}} as const

/** In the form of Bedrock's, behind what is to be kept. */
const cachePoint = {cachePoint: {type: 'default'}} as const

/** How many ends in the conversation are marked. Anthropic takes four marks in a request; one is of what precedes it. */
const ENDS = 2

export interface Prompt {
  instructions: string | SystemModelMessage
  messages: SdkMessage[]
}

/**
 * A prompt that says up to where its provider is to keep it: the tools and instructions, the conversation as it was
 * sent at the last step, and as it is now. Others keep what they see again by themselves, or not at all.
 *
 * Source: Anthropic, "Prompt caching"; OpenRouter, "Prompt caching" (Anthropic's and Google's models must be asked);
 * Amazon Bedrock, "Prompt caching for faster model inference" (a request with a mark is refused by models that have none).
 */
export function cachedPrompt(instructions: string, messages: SdkMessage[], {kind, id}: Reader): Prompt {
  const providerOptions = optionsOf(kind, id)
  if (!providerOptions) return {instructions, messages}
  const marked = new Set(ends(messages))
  return {
    instructions: instructions === '' ? '' : {role: 'system', content: instructions, providerOptions},
    messages: messages.map((message, index) => (marked.has(index) ? {...message, providerOptions} : message)),
  }
}

function optionsOf(kind: Reader['kind'], id: string): SystemModelMessage['providerOptions'] {
  if (kind === 'anthropic') return {anthropic: ephemeral}
  if (kind === 'bedrock') return isClaude(id) ? {amazonBedrock: cachePoint} : undefined
  // Its ids: openrouter/anthropic/claude-…
  return kind === 'openrouter' && /(?:^|\/)(?:anthropic|google)\//.test(id) ? {openrouter: ephemeral} : undefined
}

/**
 * A step ends what was sent with a prompt or with results of tools. The last such end is of this step, the one before
 * it is what the last step had the provider keep: it looks back 20 blocks at most, and a step may have more.
 */
function ends(messages: readonly SdkMessage[]): number[] {
  const found: number[] = []
  for (let index = messages.length - 1; index >= 0 && found.length < ENDS; index--) {
    const role = messages[index]?.role
    if (role === 'user' || role === 'tool') found.push(index)
  }
  return found
}
