import {monotonicMs} from '../monotonic.js'

/** Counts the time that somebody works, and tells when it is up; it stands while the person is waited for. */
export class Stopwatch {
  readonly #limitMs: number
  readonly #onUp: () => void
  #counted: number
  #since: number | undefined
  #timer: NodeJS.Timeout | undefined

  /** `counted`: before this process, milliseconds. */
  constructor({limitMs, counted, onUp}: {limitMs: number; counted: number; onUp: () => void}) {
    this.#limitMs = limitMs
    this.#counted = counted
    this.#onUp = onUp
  }

  get ms(): number {
    return this.#counted + (this.#since === undefined ? 0 : monotonicMs() - this.#since)
  }

  go(): void {
    if (this.#since !== undefined) return
    this.#since = monotonicMs()
    this.#timer = setTimeout(this.#onUp, Math.max(0, this.#limitMs - this.#counted))
    this.#timer.unref()
  }

  stand(): void {
    this.#counted = this.ms
    this.#since = undefined
    clearTimeout(this.#timer)
  }
}
