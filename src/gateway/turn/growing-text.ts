/** Text that comes in small pieces: a string that grows by them holds 64 bytes for each until it is read. */
const PIECE_CHARS = 64 * 1024

/** A text that is added to many times and read seldom. */
export class GrowingText {
  readonly #pieces: string[] = []
  #tail: string[] = []
  #tailLength = 0

  constructor(text = '') {
    this.add(text)
  }

  get isEmpty(): boolean {
    return this.#tailLength === 0 && this.#pieces.length === 0
  }

  add(text: string): void {
    if (text === '') return
    this.#tail.push(text)
    this.#tailLength += text.length
    if (this.#tailLength < PIECE_CHARS) return
    this.#pieces.push(this.#tail.join(''))
    this.#tail = []
    this.#tailLength = 0
  }

  toString(): string {
    return this.#pieces.join('') + this.#tail.join('')
  }
}
