/** Ticks while it is needed, and wakes nobody else: 5 times a second a screen at rest was woken for nothing. */
export class Clock {
  readonly #everyMs: number
  readonly #isNeeded: () => boolean
  readonly #tick: () => void
  #timer: NodeJS.Timeout | undefined

  constructor({everyMs, isNeeded, tick}: {everyMs: number; isNeeded: () => boolean; tick: () => void}) {
    this.#everyMs = everyMs
    this.#isNeeded = isNeeded
    this.#tick = tick
  }

  get runs(): boolean {
    return this.#timer !== undefined
  }

  /** To be called when it may be needed. */
  look(): void {
    if (this.#timer || !this.#isNeeded()) return
    this.#timer = setInterval(() => {
      if (this.#isNeeded()) this.#tick()
      else this.stop()
    }, this.#everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
