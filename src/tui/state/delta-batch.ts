/**
 * Joins deltas to one change per frame: 20 000 of them would otherwise be as many renders. Anything
 * else that happens must {@link DeltaBatch.flush} first, so that the order is kept.
 */
export class DeltaBatch {
  readonly #intervalMs: number
  readonly #emit: (deltas: {reasoning: string; text: string}) => void
  #reasoning: string[] = []
  #text: string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number, emit: (deltas: {reasoning: string; text: string}) => void) {
    this.#intervalMs = intervalMs
    this.#emit = emit
  }

  text(text: string): void {
    this.#text.push(text)
    this.#schedule()
  }

  reasoning(text: string): void {
    // Within one batch reasoning comes first; after text it begins a new one.
    if (this.#text.length > 0) this.flush()
    this.#reasoning.push(text)
    this.#schedule()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#reasoning.length === 0 && this.#text.length === 0) return
    const deltas = {reasoning: this.#reasoning.join(''), text: this.#text.join('')}
    this.#reasoning = []
    this.#text = []
    this.#emit(deltas)
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), this.#intervalMs)
  }
}
