import type {Asked} from './screen/part.js'
import {
  type AnswerGuard,
  advance,
  announce,
  answered,
  armsAt,
  askingOf,
  astray,
  drawn,
  focused,
  judge,
  type Key,
  openNow,
  opensAt,
  pressed,
  quietGuard,
  type Verdict,
} from './state/answer-guard.js'
import type {Question} from './state/question.js'
import type {Store} from './state/store.js'

/** Looks after the question that is next: tells the guard what happens, and the screen when it opens and arms. */
export class AskingDesk {
  readonly #store: Store
  readonly #now: () => number
  readonly #unsubscribe: () => void
  #guard: AnswerGuard = quietGuard
  #asked: Asked | undefined
  #timer: NodeJS.Timeout | undefined

  readonly #shown: (question: Question) => void
  #shownId: number | undefined

  /** `now`: milliseconds of a clock that only goes forward. `shown` hears once of each question that is on the screen. */
  constructor(store: Store, now: () => number, shown: (question: Question) => void = () => {}) {
    this.#store = store
    this.#shown = shown
    this.#now = now
    this.#unsubscribe = store.subscribe(() => this.look())
  }

  /** What is on the screen of the open question; undefined before it is drawn. */
  get asked(): Asked | undefined {
    return this.#asked?.id === this.#store.state.questions[0]?.id ? this.#asked : undefined
  }

  /** Must hear of every key and paste, before it does anything. */
  key(key: Key): Verdict {
    const now = this.#now()
    this.look()
    const verdict = judge(this.#guard, key, now)
    this.#guard = pressed(this.#guard, key, now)
    this.#tell()
    return verdict
  }

  /** The frame that is on the screen shows this of the question. */
  drawn(asked: Asked | undefined): void {
    this.#asked = asked
    if (!asked) return
    this.#guard = drawn(this.#guard, asked.id, asked.shows, this.#now())
    this.#tell()
    const [question] = this.#store.state.questions
    if (question?.id !== asked.id || question.id === this.#shownId) return
    this.#shownId = question.id
    this.#shown(question)
  }

  /** A letter came too early: who typed it goes on with a sentence. */
  astray(text: string): void {
    this.#guard = astray(this.#guard, text, this.#now())
  }

  /** The window has the keyboard again. */
  focused(): void {
    this.#guard = focused(this.#guard, this.#now())
    this.#tell()
  }

  /** The person wants to see it. */
  open(): void {
    this.#guard = openNow(this.#guard)
    this.#tell()
  }

  /** The last key answered the question. */
  answered(): void {
    this.#guard = answered(this.#guard)
  }

  /** Time may have gone on, or another question may be the next one. */
  look(): void {
    const {questions, editor} = this.#store.state
    const drafted = editor.text !== ''
    const now = this.#now()
    this.#guard = advance(announce(this.#guard, questions[0]?.id, now, drafted), now, drafted)
    this.#tell()
  }

  stop(): void {
    this.#unsubscribe()
    clearTimeout(this.#timer)
  }

  #tell(): void {
    const now = this.#now()
    const next = askingOf(this.#guard, now)
    this.#schedule(now)
    const shown = this.#store.state.asking
    const same =
      shown?.id === next?.id &&
      shown?.phase === next?.phase &&
      shown?.typed === next?.typed &&
      shown?.armed === next?.armed
    if (!same) this.#store.dispatch({type: 'asking', asking: next})
  }

  /** One timer, for what changes next without a key. */
  #schedule(now: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const arms = armsAt(this.#guard)
    const at = opensAt(this.#guard, this.#store.state.editor.text !== '') ?? arms
    if (at === undefined || at <= now) return
    // A timer of Node may fire a millisecond early.
    this.#timer = setTimeout(() => this.look(), Math.ceil(at - now) + 1)
    this.#timer.unref()
  }
}
