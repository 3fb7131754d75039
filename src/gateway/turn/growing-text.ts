/** A string that grows by single tokens holds 64 bytes for each of them until it is read: they are joined before. */
const PIECE_CHARS = 64 * 1024

/** A text that is added to many times and read seldom. */
export class GrowingText {
  #pieces: string[] = []
  #tail: string[] = []
  #tailLength = 0
  #length = 0

  constructor(text = '') {
    this.add(text)
  }

  get length(): number {
    return this.#length
  }

  add(text: string): void {
    if (text === '') return
    this.#tail.push(text)
    this.#tailLength += text.length
    this.#length += text.length
    if (this.#tailLength >= PIECE_CHARS) this.#joinTail()
  }

  /** From a place in it to its end. */
  from(start: number): string {
    this.join()
    return (this.#pieces[0] ?? '').slice(start)
  }

  /** Kept as it is read: mostly it is read again, and once is enough of a long one. */
  join(): void {
    this.#joinTail()
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join('')]
  }

  #joinTail(): void {
    if (this.#tailLength === 0) return
    this.#pieces.push(this.#tail.join(''))
    this.#tail = []
    this.#tailLength = 0
  }
}
