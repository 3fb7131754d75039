import {reduce} from './reduce.js'
import type {ChatAction, ChatState} from './state.js'

/** The state outside React: anyone may read and dispatch, listeners hear of every change after `before`. */
export class Store {
  #state: ChatState
  readonly #listeners = new Set<() => void>()
  /** Runs before the listeners: what must be on disk before it is on screen is written here. */
  before: (state: ChatState, previous: ChatState) => void = () => {}

  constructor(state: ChatState) {
    this.#state = state
  }

  get state(): ChatState {
    return this.#state
  }

  /** Several are one change: they are seen together. */
  dispatch(...actions: readonly ChatAction[]): void {
    const previous = this.#state
    this.#state = actions.reduce(reduce, previous)
    if (this.#state === previous) return
    this.before(this.#state, previous)
    this.notify()
  }

  /** Draws again without a change of state: the clock moved, a library was loaded. */
  notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
