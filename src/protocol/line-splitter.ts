/** What a {@link LineSplitter} hands out: a whole line without its newline, or notice of one that was too long. */
export type SplitLine = {kind: 'line'; bytes: Buffer} | {kind: 'too-long'; head: Buffer; length: number}

/**
 * Cuts a byte stream into lines and never holds more than `maxBytes`: of a longer line it keeps the
 * first 240 bytes and counts the rest.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #held = 0
  #skipped: {head: Buffer; length: number} | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of an unfinished line that are held now. */
  get pending(): number {
    return this.#skipped ? this.#skipped.length : this.#held
  }

  push(chunk: Buffer): SplitLine[] {
    const lines: SplitLine[] = []
    let start = 0
    while (start < chunk.length) {
      const newline = chunk.indexOf(10, start)
      const end = newline === -1 ? chunk.length : newline
      this.#take(chunk.subarray(start, end))
      if (newline === -1) break
      lines.push(this.#finish())
      start = newline + 1
    }
    return lines
  }

  /** The unfinished rest at the end of the stream, if there is one. */
  end(): SplitLine | undefined {
    return this.#held > 0 || this.#skipped ? this.#finish() : undefined
  }

  #take(piece: Buffer): void {
    if (this.#skipped) {
      this.#skipped.length += piece.length
      return
    }
    this.#chunks.push(piece)
    this.#held += piece.length
    if (this.#held <= this.#maxBytes) return
    // Copied, so that the head does not keep the large chunks alive.
    this.#skipped = {head: Buffer.from(Buffer.concat(this.#chunks).subarray(0, 240)), length: this.#held}
    this.#chunks = []
    this.#held = 0
  }

  #finish(): SplitLine {
    if (this.#skipped) {
      const {head, length} = this.#skipped
      this.#skipped = undefined
      return {kind: 'too-long', head, length}
    }
    const first = this.#chunks[0]
    const bytes = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#held = 0
    return {kind: 'line', bytes}
  }
}
