import {type Journaled, joined} from './journal-codec.js'
import {storedText} from './stored-text.js'
import {stateOf} from './tool-state.js'
import type {JournalEntry, KnownCall, MessageRow, MessageStatus, ToolRow} from './types.js'

export interface Folded {
  /** All messages of the turn, in order. New ones have negative ids. */
  messages: MessageRow[]
  /** Stored messages that the journal changed. */
  changed: MessageRow[]
  added: MessageRow[]
  /** What the turn is still to be told: it belongs into the next journal. */
  waiting: Journaled[]
}

/** One call of the model: its message and the tools that it called. */
interface Step {
  assistant: MessageRow | undefined
  tools: MessageRow[]
  /** The API call is over. */
  ended: boolean
  /** Tools had been started when it ended: the caller runs tools while the reply streams, not after it. */
  toolsBeforeEnd: boolean
}

type ToolMessage = MessageRow & {tool: ToolRow}
type EntryOf<K extends JournalEntry['kind']> = Extract<JournalEntry, {kind: K}>

/**
 * What a turn's journal makes of its messages. `stored` is what the turn has already: its prompt, and
 * after {@link Store.reopenTurn} what came before the interruption, which the journal goes on with.
 *
 * @param end How the last assistant message ends; `running` while the turn still runs.
 */
export function foldTurn(
  stored: readonly MessageRow[],
  journal: Iterable<Journaled>,
  end: MessageStatus | 'running',
): Folded {
  const folder = new Folder(stored)
  let empty = true
  for (const {at, entry} of joined(journal)) {
    folder.take(at, entry)
    empty = false
  }
  if (end !== 'running') folder.tellWaiting()
  return folder.finish(end === 'running' && !empty ? 'complete' : end)
}

class Folder {
  readonly #messages: MessageRow[]
  readonly #changed = new Set<MessageRow>()
  readonly #added: MessageRow[] = []
  /** Tools that were started by this journal and have no result yet. */
  readonly #open = new Set<MessageRow>()
  /** Those of them that had leave: they may have done something. */
  readonly #acting = new Set<MessageRow>()
  /** Said to the turn, and not told to its model yet: text by id. */
  readonly #waiting = new Map<string, {at: number; text: string}>()
  readonly #turnId: number | null
  readonly #promptId: string | null
  #step: Step

  constructor(stored: readonly MessageRow[]) {
    this.#messages = stored.map((message) => ({...message}))
    this.#turnId = stored[0]?.turnId ?? null
    this.#promptId = stored[0]?.promptId ?? null
    this.#step = lastStep(this.#messages)
  }

  take(at: number, entry: JournalEntry): void {
    switch (entry.kind) {
      case 'text':
      case 'reasoning': {
        if (entry.text === '') return
        // Whoever has seen a tool's result is in another call, whether the end of the last one was told or not.
        if (this.#step.ended || this.#step.tools.some((tool) => !this.#open.has(tool))) this.#step = newStep()
        const assistant = this.#assistant(at)
        assistant[entry.kind] += entry.text
        // Signatures are of the end of a message.
        assistant.signed = null
        return
      }
      case 'step-end':
        // A second end without anything between: a step that has only tools, which are yet to start.
        if (this.#step.ended) this.#step = newStep()
        this.#step.ended = true
        this.#step.toolsBeforeEnd = this.#step.tools.length > 0
        return
      case 'calls':
        if (this.#step.ended || this.#step.tools.length > 0) this.#step = newStep()
        for (const call of entry.calls) this.#addCall(at, call, 'not-started')
        return
      case 'signed':
        this.#assistant(at).signed = entry.step
        return
      case 'started':
      case 'asked':
      case 'allowed':
        this.#advance(entry)
        return
      case 'steer':
        this.#waiting.set(entry.id, {at, text: entry.text})
        return
      case 'steered':
        this.#steered(at, entry)
        return
      case 'tool-start':
        this.#startTool(at, entry)
        return
      case 'tool-end':
        this.#endTool(entry)
        return
    }
  }

  /** Whatever the model says after it is another message. */
  #steered(at: number, {id, text}: {id: string; text: string}): void {
    this.#waiting.delete(id)
    const message = this.#add(at, 'user', 'complete')
    message.text = text
    message.steerId = id
    this.#changed.add(message)
    this.#step = newStep()
  }

  #addCall(at: number, {id, name, context, args}: KnownCall, state: ToolRow['state']): MessageRow {
    this.#assistant(at).toolCalls.push({id, name, args})
    const message = this.#add(at, 'tool', 'interrupted')
    message.tool = {id, name, context, args, state, result: undefined, durationS: null}
    this.#step.tools.push(message)
    return message
  }

  /** One that a model gave the same id as another of its step follows it, as they run one after the other. */
  #advance({kind, id}: EntryOf<'started' | 'asked' | 'allowed'>): void {
    const message = this.#step.tools.find((each) => each.tool?.id === id && each.status === 'interrupted')
    if (!hasTool(message)) return
    if (kind === 'started') this.#acting.delete(message)
    if (kind === 'allowed') this.#acting.add(message)
    // Whoever had leave once and asks for more may have used the first.
    const state = kind === 'asked' && !this.#acting.has(message) ? 'asked' : 'unknown'
    message.tool = {...message.tool, state}
    this.#open.add(message)
    this.#changed.add(message)
  }

  #startTool(at: number, call: EntryOf<'tool-start'>): void {
    const again = this.#step.tools.find((tool) => tool.tool?.id === call.id && this.#isUnknown(tool))
    if (again) {
      // A tool whose outcome was lost is tried once more: the same call, not a second one.
      this.#open.add(again)
      this.#changed.add(again)
      return
    }
    const {ended, toolsBeforeEnd, tools} = this.#step
    if (ended && toolsBeforeEnd && tools.every((tool) => !this.#open.has(tool))) this.#step = newStep()
    this.#open.add(this.#addCall(at, call, 'unknown'))
  }

  #endTool({id, result, durationS, denied}: EntryOf<'tool-end'>): void {
    const message =
      [...this.#open].findLast((tool) => tool.tool?.id === id) ??
      this.#messages.findLast((tool) => tool.tool?.id === id && this.#isUnknown(tool))
    if (!hasTool(message)) return
    const state = denied === undefined ? stateOf(result ?? null) : denied ? 'denied' : 'complete'
    message.tool = {...message.tool, state, result, durationS}
    message.status = 'complete'
    this.#open.delete(message)
    this.#changed.add(message)
  }

  /** The turn is over: what was said to it is part of it all the same. */
  tellWaiting(): void {
    for (const [id, {at, text}] of this.#waiting) this.#steered(at, {id, text})
  }

  finish(end: MessageStatus | 'running'): Folded {
    const assistants = this.#messages.filter((message) => message.role === 'assistant')
    const last = this.#messages.findLast(({role, steerId}) => role === 'assistant' || steerId !== undefined)
    for (const message of assistants) {
      // One that broke off and was followed by another was gone on with: the reply reads as one.
      const status = message === last ? end : 'complete'
      if (status === 'running' || status === message.status) continue
      message.status = status
      this.#changed.add(message)
    }
    for (const message of this.#changed) {
      message.text = storedText(message.text)
      message.reasoning = storedText(message.reasoning)
    }
    const added = new Set(this.#added)
    return {
      messages: this.#messages,
      changed: [...this.#changed].filter((message) => !added.has(message)),
      added: this.#added,
      waiting: [...this.#waiting].map(([id, {at, text}]) => ({at, entry: {kind: 'steer', id, text}})),
    }
  }

  /** A stored tool message without an outcome. */
  #isUnknown(message: MessageRow): boolean {
    return message.role === 'tool' && message.status === 'interrupted' && !this.#open.has(message)
  }

  #assistant(at: number): MessageRow {
    this.#step.assistant ??= this.#add(at, 'assistant', 'complete')
    this.#changed.add(this.#step.assistant)
    return this.#step.assistant
  }

  #add(at: number, role: 'user' | 'assistant' | 'tool', status: MessageStatus): MessageRow {
    const message: MessageRow = {
      id: -1 - this.#added.length,
      turnId: this.#turnId,
      promptId: this.#promptId,
      createdAt: at,
      role,
      text: '',
      reasoning: '',
      status,
      toolCalls: [],
      signed: null,
      attached: null,
      tool: null,
    }
    this.#added.push(message)
    this.#messages.push(message)
    return message
  }
}

function hasTool(message: MessageRow | undefined): message is ToolMessage {
  return message?.tool != null
}

function newStep(): Step {
  return {assistant: undefined, tools: [], ended: false, toolsBeforeEnd: false}
}

/** The step that stored messages end with. An assistant message that broke off is still open for more. */
function lastStep(messages: MessageRow[]): Step {
  const at = messages.findLastIndex(({role, steerId}) => role === 'assistant' || steerId !== undefined)
  const assistant = messages[at]
  if (assistant?.role !== 'assistant') return newStep()
  // Copied: the fold adds to it, and the caller's message stays as it is.
  assistant.toolCalls = [...assistant.toolCalls]
  const tools = messages.slice(at + 1).filter((message) => message.role === 'tool')
  const ended = tools.length > 0 || assistant.status === 'complete'
  return {assistant, tools, ended, toolsBeforeEnd: tools.length > 0}
}
