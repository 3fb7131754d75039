/** A whole answer in place of a stream is a reply, not a file. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** A reply whose body is JSON where a stream was asked for: kept until it is whole. */
export class PlainAnswer {
  /** Bytes so far, of a stream too. */
  received = 0
  readonly #pieces: Buffer[] = []
  #isPlain: boolean | undefined

  get isPlain(): boolean {
    return this.#isPlain === true
  }

  /** Keeps a piece of a plain answer; false for one of a stream. Throws where the answer is larger than 64 MB. */
  takes(piece: Buffer): boolean {
    this.received += piece.length
    this.#isPlain ??= beginsJson(piece)
    if (!this.#isPlain) return false
    if (this.received > MAX_ANSWER_BYTES) throw new Error('the answer is larger than 64 MB')
    this.#pieces.push(piece)
    return true
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8')
  }
}

/** By its first character that is no space: `{` or `[`; undefined where there is none yet. */
function beginsJson(piece: Buffer): boolean | undefined {
  // The first three are the mark of byte order.
  const first = piece.find((byte) => ![0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return first === undefined ? undefined : first === 0x7b || first === 0x5b
}
