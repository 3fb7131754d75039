/** Lets so many in at a time, in the order in which they came. */
export class Slots {
  readonly #most: number
  #taken = 0
  readonly #waiting: ((given: boolean) => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves with what gives the place back; undefined where it was aborted before there was one. */
  async take(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined
    if (this.#taken < this.#most) this.#taken++
    else if (!(await this.#turn(signal))) return undefined
    let given = false
    return () => {
      if (given) return
      given = true
      this.#next()
    }
  }

  /** False where it was aborted first. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    const {promise, resolve} = Promise.withResolvers<boolean>()
    const leave = () => {
      const at = this.#waiting.indexOf(resolve)
      if (at === -1) return
      this.#waiting.splice(at, 1)
      resolve(false)
    }
    this.#waiting.push(resolve)
    signal.addEventListener('abort', leave, {once: true})
    const given = await promise
    signal.removeEventListener('abort', leave)
    return given
  }

  /** Who waits longest has the place at once: nobody comes in between. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next) next(true)
    else this.#taken--
  }
}
