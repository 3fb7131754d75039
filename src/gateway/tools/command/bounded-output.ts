/**
 * The beginning and the end of an output of any length, in bounded memory: errors stand at the end,
 * what was asked for at the beginning.
 */
export class BoundedOutput {
  readonly #headBytes: number
  readonly #tailBytes: number
  #head: Buffer[] = []
  #headLength = 0
  #tail: Buffer[] = []
  #tailLength = 0
  #total = 0

  constructor(headBytes: number, tailBytes: number) {
    this.#headBytes = headBytes
    this.#tailBytes = tailBytes
  }

  /** Bytes that came in all. */
  get total(): number {
    return this.#total
  }

  get truncated(): boolean {
    return this.#total > this.#headBytes + this.#tailBytes
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length
    const room = this.#headBytes - this.#headLength
    if (room > 0) {
      const part = chunk.subarray(0, room)
      this.#head.push(part)
      this.#headLength += part.length
    }
    if (chunk.length <= room) return
    const rest = chunk.subarray(Math.max(0, room))
    this.#tail.push(rest)
    this.#tailLength += rest.length
    // Joined only now and then, so that many small chunks cost no copy each.
    if (this.#tailLength > this.#tailBytes * 2 || this.#tail.length > 1000) this.#compact()
  }

  /** So many bytes came that nobody has: they would have been left out. */
  skip(bytes: number): void {
    this.#total += bytes
  }

  /** The text, with a line that says what was left out. */
  toString(): string {
    this.#compact()
    const head = Buffer.concat(this.#head)
    const tail = Buffer.concat(this.#tail)
    if (!this.truncated) return Buffer.concat([head, tail]).toString('utf8')
    const left = this.#total - head.length - tail.length
    return `${cleanEnd(head)}${cutMark(left, this.#total)}${cleanStart(tail)}`
  }

  #compact(): void {
    const all = Buffer.concat(this.#tail)
    // Copied: a slice would keep the whole of it alive.
    const kept = all.length > this.#tailBytes ? Buffer.from(all.subarray(all.length - this.#tailBytes)) : all
    this.#tail = kept.length > 0 ? [kept] : []
    this.#tailLength = kept.length
  }
}

/** Stands where something is left out; what takes secrets out of a text knows it. */
export function cutMark(left: number, total: number): string {
  return `\n… [${left} of ${total} bytes left out] …\n`
}

/** Without the mark at the end of a text to which more will come, and without what is left of a character there. */
export function withoutEndMark(text: string): string {
  return text.replace(/\ufffd?\n… \[\d+ of \d+ bytes left out\] …\n$/, '')
}

/** Without the bytes of a character that was cut. */
function cleanEnd(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, {stream: true})
}

function cleanStart(bytes: Buffer): string {
  let start = 0
  while (start < Math.min(4, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
  return bytes.toString('utf8', start)
}
