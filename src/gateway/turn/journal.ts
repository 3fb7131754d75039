import {monotonicMs} from '../monotonic.js'
import type {JournalEntry, KnownCall, Store} from '../store/types.js'
import {GrowingText} from './growing-text.js'

export interface TurnJournalOptions {
  store: Pick<Store, 'journal'>
  turnId: number
  emit: (type: 'message.delta' | 'reasoning.delta', payload: {text: string}) => void
  /** The store refused what came from the timer; nothing was shown of it. */
  onFailure: (error: unknown) => void
  /** Longest time that streamed text is held back, milliseconds. */
  batchMs: number
  /** Text of the turn that was shown before: it goes on, and is not set apart from what follows. */
  shownBefore?: {text: string; reasoning: string}
  /** Monotonic milliseconds. */
  now?: () => number
}

type Delta = {kind: 'text' | 'reasoning'; text: string}

/**
 * The journal is ahead of the wire: a delta is stored first and shown second, so that the store
 * never holds less than what was seen. The first delta goes out at once, what follows within
 * `batchMs` in one transaction.
 */
export class TurnJournal {
  readonly #options: Required<Omit<TurnJournalOptions, 'shownBefore'>>
  #held: Delta[] = []
  #timer: NodeJS.Timeout | undefined
  #flushedAt = Number.NEGATIVE_INFINITY
  #separate = false
  /** Where the step begins in what was shown. */
  #stepAt = {text: 0, reasoning: 0}
  readonly #text: GrowingText
  readonly #reasoning: GrowingText

  constructor(options: TurnJournalOptions) {
    this.#options = {now: monotonicMs, ...options}
    this.#text = new GrowingText(options.shownBefore?.text)
    this.#reasoning = new GrowingText(options.shownBefore?.reasoning)
  }

  /** All text of the turn that was shown, with the blank lines between its parts. */
  get text(): string {
    return this.#text.from(0)
  }

  /** Text and reasoning of the step as far as they were shown; without the blank line that sets it apart. */
  get step(): {text: string; reasoning: string} {
    return {text: this.#text.from(this.#stepAt.text), reasoning: this.#reasoning.from(this.#stepAt.reasoning)}
  }

  get reasoning(): string {
    return this.#reasoning.from(0)
  }

  /** Of what was shown no pieces are left beside the whole. */
  join(): void {
    this.#text.join()
    this.#reasoning.join()
  }

  delta(kind: Delta['kind'], text: string): void {
    if (text === '') return
    const last = this.#held.at(-1)
    if (last?.kind === kind) last.text += text
    else this.#held.push({kind, text})
    const wait = this.#flushedAt + this.#options.batchMs - this.#options.now()
    if (wait <= 0) this.flush()
    else this.#timer ??= setTimeout(() => this.#flushLate(), wait)
  }

  /** Stores and shows what is held. Throws the store's error; then it was not shown. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const deltas = this.#held
    if (deltas.length === 0) return
    this.#held = []
    this.#options.store.journal(this.#options.turnId, deltas)
    this.#flushedAt = this.#options.now()
    for (const delta of deltas) this.#show(delta)
  }

  /** Stores entries that are shown by other events, after what is held. */
  record(...entries: JournalEntry[]): void {
    this.flush()
    this.#options.store.journal(this.#options.turnId, entries)
  }

  /** The model's step is over: all that it called, and what its provider wants back, is known before any of it runs. */
  stepEnd(calls: readonly KnownCall[], signed?: string): void {
    this.record({kind: 'calls', calls}, ...(signed === undefined ? [] : [{kind: 'signed', step: signed} as const]), {
      kind: 'step-end',
    })
    this.setApart()
  }

  /** What is shown from here on is of the next step. */
  beginStep(): void {
    this.#stepAt = {text: this.#text.length, reasoning: this.#reasoning.length}
  }

  /** Text that comes now is another message than what was shown. */
  setApart(): void {
    this.#separate = true
  }

  /** Drops what is held; for a turn whose store is gone or whose session another process took. */
  abandon(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#held = []
  }

  #flushLate(): void {
    try {
      this.flush()
    } catch (error) {
      this.#options.onFailure(error)
    }
  }

  #show({kind, text}: Delta): void {
    if (kind === 'reasoning') {
      this.#reasoning.add(text)
      this.#options.emit('reasoning.delta', {text})
      return
    }
    // The reference sets text after a tool apart by a blank line that is on the wire alone.
    const gap = this.#separate && this.#text.length > 0 ? '\n\n' : ''
    this.#separate = false
    if (this.#stepAt.text === this.#text.length) this.#stepAt.text += gap.length
    const shown = gap + text
    this.#text.add(shown)
    this.#options.emit('message.delta', {text: shown})
  }
}
