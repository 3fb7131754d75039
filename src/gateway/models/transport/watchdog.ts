/** Barks once when it was not poked for as long as was allowed. */
export class Watchdog {
  #timer: NodeJS.Timeout | undefined
  readonly #bark: (ms: number) => void

  constructor(bark: (ms: number) => void) {
    this.#bark = bark
  }

  /** A sign of life; the next one has to come within that time, milliseconds. */
  poke(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#bark(ms), ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
