import {monotonicMs} from '../../monotonic.js'

export interface WatchdogOptions {
  /** Longest silence. */
  silenceMs: number
  /** All of it. */
  totalMs: number
  /** Time does not count while this holds. */
  paused: () => boolean
}

/** Ends what is silent too long, or goes on for ever with signs of life. */
export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #abort = new AbortController()
  readonly #begun = monotonicMs()
  readonly #bites = Promise.withResolvers<never>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#bites.promise.catch(() => {})
    this.life()
  }

  /** Aborted when it bites. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Rejects when it bites, whether anybody obeys the signal or not. */
  get bites(): Promise<never> {
    return this.#bites.promise
  }

  /** A sign of life. */
  life(): void {
    clearTimeout(this.#timer)
    if (this.#abort.signal.aborted) return
    const left = this.#begun + this.#options.totalMs - monotonicMs()
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.min(this.#options.silenceMs, left)))
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    if (this.#options.paused()) {
      this.#timer = setTimeout(() => this.#look(), this.#options.silenceMs)
      return
    }
    const error = new Error('it was silent too long')
    this.#abort.abort(error)
    this.#bites.reject(error)
  }
}
