import type {WireMessage} from '../../protocol/methods.js'
import {isPrompt} from '../../protocol/prompt-message.js'

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
  /** As it stood in the draft, with labels in place of long texts; absent where that is the same. */
  folded?: string
  /** How it went out, where that is not as it was typed. */
  sentAs?: string | undefined
  state: 'queued' | 'submitted' | 'acknowledged' | 'kept'
  /**
   * It is for the turn that runs: `asked` until the gateway says that its model is told it; `taken` by a gateway that says
   * no more of it. Where that turn is over it is a prompt like any other.
   */
  steers?: 'asked' | 'taken'
  /** Its line is in the transcript on screen. */
  shown: boolean
  /** Entered while the queue was held: it goes, and the queue stays. Not kept on disk. */
  ahead?: boolean
}

/** As it is shown, and comes back into the draft. */
export function shownText({text, folded}: Prompt): string {
  return folded ?? text
}

export function queued(prompts: readonly Prompt[]): Prompt[] {
  return prompts.filter((prompt) => prompt.state === 'queued')
}

/** Those that are for the turn that runs. */
export function steering(prompts: readonly Prompt[]): Prompt[] {
  return prompts.filter(({steers}) => steers !== undefined)
}

/** With a prompt for the turn that runs: ahead of all that waits for its end. */
export function withSteer(prompts: readonly Prompt[], prompt: Prompt): Prompt[] {
  const others = prompts.filter(({id}) => id !== prompt.id)
  const at = others.findIndex(({state, steers}) => state === 'queued' && steers === undefined)
  return others.toSpliced(at === -1 ? others.length : at, 0, {...prompt, steers: 'asked'})
}

/** The turn is over: what it was not told is a prompt of its own. */
export function afterTurn(prompts: readonly Prompt[]): readonly Prompt[] {
  if (steering(prompts).length === 0) return prompts
  return prompts.flatMap(({steers, ...prompt}) => (steers === 'taken' ? [] : [prompt]))
}

/** What is sent next; of a held queue only what was entered since. */
export function nextPrompt(prompts: readonly Prompt[], held: boolean): Prompt | undefined {
  return queued(prompts).find((prompt) => !held || prompt.ahead)
}

/** With a prompt behind those that are `ahead` like it, else before the one with this id, else at the end. */
export function enqueued(prompts: readonly Prompt[], prompt: Prompt, before: string | null | undefined): Prompt[] {
  const at = prompts.findIndex(({id, state, ahead}) => (prompt.ahead ? state === 'queued' && !ahead : id === before))
  return at === -1 ? [...prompts, prompt] : prompts.toSpliced(at, 0, prompt)
}

/** The queue with one of it sent earlier or later; those that are on their way stay where they are. */
export function moved(prompts: readonly Prompt[], id: string, by: -1 | 1): readonly Prompt[] {
  const waiting = queued(prompts)
  const at = waiting.findIndex((prompt) => prompt.id === id)
  const other = waiting[at + by]
  const own = waiting[at]
  if (!own || !other || own.steers || other.steers) return prompts
  return prompts.map((prompt) => (prompt === own ? other : prompt === other ? own : prompt))
}

/** All wait for the person. */
export function heldBack(prompts: readonly Prompt[]): readonly Prompt[] {
  return prompts.some(({ahead}) => ahead) ? prompts.map(({ahead: _, ...prompt}) => prompt) : prompts
}

/** The one of the queue that is meant where `id` is not in it any more: the first. */
export function inQueue(prompts: readonly Prompt[], id: string | undefined): Prompt | undefined {
  const waiting = queued(prompts)
  return waiting.find((prompt) => prompt.id === id) ?? waiting[0]
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
    if (prompt.state === 'queued') return isKnown(prompt, evidence) ? [] : [backFrom(prompt)]
    if (arrived(prompt, evidence)) return []
    return [{...prompt, state: 'queued'}]
  })
}

/** A gateway that says no more of what it took for a turn has lost it with itself. */
function backFrom({steers, ...prompt}: Prompt): Prompt {
  return steers === 'asked' ? {...prompt, steers} : prompt
}

function arrived(prompt: Prompt, evidence: Evidence): boolean {
  if (evidence.started.has(prompt.id) || (evidence.continues && prompt.state !== 'kept')) return true
  if (evidence.knowsPromptIds) return isKnown(prompt, evidence)
  const last = evidence.messages.findLast(isPrompt)
  const stored = last?.text?.trim()
  return stored === prompt.text.trim() || (prompt.sentAs !== undefined && stored === prompt.sentAs.trim())
}

/** The gateway has it by its id. */
function isKnown({id}: Prompt, {messages, interruptedPromptId, runningPromptId, started}: Evidence): boolean {
  const running = interruptedPromptId === id || runningPromptId === id || started.has(id)
  return running || messages.some((message) => message.prompt_id === id)
}
