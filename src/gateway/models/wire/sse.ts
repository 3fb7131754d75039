/** More than any event of a provider; what goes on without a line end is no event stream. */
const MAX_EVENT_CHARS = 64 * 1024 * 1024

const fields = new Set(['', 'data', 'event', 'id', 'retry'])

/**
 * Data of server-sent events, out of bytes in pieces of any size: UTF-8 over their borders, LF, CR and CRLF, a mark of
 * byte order, comments, data in several lines. The last event counts also without the blank line behind it.
 */
export class SseReader {
  readonly #decoder = new TextDecoder()
  /** Pieces of a line whose end has not come: to look through them again with each new one took 22 s for 16 MB. */
  #begun: string[] = []
  /** The last piece ended with a CR, which may be half of an end of line. */
  #cr = false
  #data: string[] = []
  /** Characters that are held until the event is whole. */
  #held = 0
  #lines = 0

  /** True once a line was seen that belongs to an event stream. */
  get isEventStream(): boolean {
    return this.#lines > 0
  }

  push(bytes: Uint8Array): string[] {
    return this.#take(this.#decoder.decode(bytes, {stream: true}), false)
  }

  end(): string[] {
    return this.#take(`${this.#decoder.decode()}\n\n`, true)
  }

  #take(piece: string, last: boolean): string[] {
    let text = this.#cr ? `\r${piece}` : piece
    this.#cr = !last && text.endsWith('\r')
    if (this.#cr) text = text.slice(0, -1)
    const events: string[] = []
    let start = 0
    for (const {0: end, index} of text.matchAll(/\r\n|\r|\n/g)) {
      const begun = this.#begun.join('')
      this.#begun = []
      this.#held -= begun.length
      this.#line(begun + text.slice(start, index), events)
      start = index + end.length
    }
    if (start < text.length) {
      this.#begun.push(text.slice(start))
      this.#hold(text.length - start)
    }
    return events
  }

  #hold(chars: number): void {
    this.#held += chars
    if (this.#held > MAX_EVENT_CHARS) throw new Error('an event of the reply is longer than 64 MB')
  }

  #line(line: string, events: string[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push(this.#data.join('\n'))
      this.#data = []
      this.#held = 0
      return
    }
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    // Without a name it is a comment: a sign of life.
    if (!fields.has(name)) return
    this.#lines++
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name !== 'data') return
    this.#data.push(value)
    this.#hold(value.length)
  }
}
