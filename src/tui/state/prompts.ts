import type {WireMessage} from '../../protocol/methods.js'

/**
 * A prompt from the moment it was entered until the gateway certainly has it.
 * `queued` waits; `submitted` was sent and not answered; `acknowledged` was answered by a gateway
 * that knows no prompt ids, and is kept until its turn ends or a transcript shows it; `kept` was taken by a gateway
 * that holds it in its memory behind the turn that runs.
 */
export interface Prompt {
  /** Minted here; the gateway answers a repeated one with the first one's outcome. */
  id: string
  text: string
  /** How it went out, where that is not as it was typed. */
  sentAs?: string | undefined
  state: 'queued' | 'submitted' | 'acknowledged' | 'kept'
  /** Its line is in the transcript on screen. */
  shown: boolean
}

export function queued(prompts: readonly Prompt[]): Prompt[] {
  return prompts.filter((prompt) => prompt.state === 'queued')
}

/** What the gateway showed of a session when it was opened again. */
export interface Evidence {
  messages: readonly WireMessage[]
  interruptedPromptId: string | null | undefined
  /** Of the turn that runs. */
  runningPromptId?: string | null | undefined
  knowsPromptIds: boolean
  /** Ids of prompts whose turn was seen to start. */
  started: ReadonlySet<string>
  /** The gateway asks again by itself for the turn that broke off, and so for the prompt that was on its way. */
  continues: boolean
}

/**
 * Prompts after a session came back. One that the gateway has is dropped; one that it may not have
 * goes out again under the same id, ahead of the others.
 */
export function settle(prompts: readonly Prompt[], evidence: Evidence): Prompt[] {
  return prompts.flatMap((prompt): Prompt[] => {
    // It may have had its turn while no terminal was there, or in the run that left it in the queue.
    if (prompt.state === 'queued') return isKnown(prompt, evidence) ? [] : [prompt]
    if (arrived(prompt, evidence)) return []
    return [{...prompt, state: 'queued'}]
  })
}

function arrived(prompt: Prompt, evidence: Evidence): boolean {
  if (evidence.started.has(prompt.id) || (evidence.continues && prompt.state !== 'kept')) return true
  if (evidence.knowsPromptIds) return isKnown(prompt, evidence)
  const last = evidence.messages.findLast((message) => message.role === 'user')
  const stored = last?.text?.trim()
  return stored === prompt.text.trim() || (prompt.sentAs !== undefined && stored === prompt.sentAs.trim())
}

/** The gateway has it by its id. */
function isKnown({id}: Prompt, {messages, interruptedPromptId, runningPromptId, started}: Evidence): boolean {
  const running = interruptedPromptId === id || runningPromptId === id || started.has(id)
  return running || messages.some((message) => message.prompt_id === id)
}
