/** More than any event of a provider; what goes on without a line end is no event stream. */
const MAX_EVENT_CHARS = 64 * 1024 * 1024

const fields = new Set(['', 'data', 'event', 'id', 'retry'])

/**
 * Data of server-sent events, out of bytes in pieces of any size: UTF-8 over their borders, LF, CR and CRLF, a mark of
 * byte order, comments, data in several lines. The last event counts also without the blank line behind it.
 */
export class SseReader {
  readonly #decoder = new TextDecoder()
  /** The unfinished line, piece by piece: one that grew as a string was copied whole at each piece (40 MB: 22 s). */
  #pieces: string[] = []
  #length = 0
  /** A CR at the end of a piece may be half of an end of line. */
  #half = ''
  #data: string[] = []
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
    let text = this.#half + piece
    this.#half = !last && text.endsWith('\r') ? '\r' : ''
    if (this.#half) text = text.slice(0, -1)
    const events: string[] = []
    let start = 0
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      this.#keep(text.slice(start, end.index))
      start = end.index + end[0].length
      const line = this.#pieces.join('')
      this.#pieces = []
      this.#length = 0
      this.#line(line, events)
    }
    this.#keep(text.slice(start))
    return events
  }

  #keep(piece: string): void {
    this.#length += piece.length
    if (this.#length > MAX_EVENT_CHARS) throw new Error('an event of the reply is longer than 64 MB')
    if (piece !== '') this.#pieces.push(piece)
  }

  #line(line: string, events: string[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push(this.#data.join('\n'))
      this.#data = []
      return
    }
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    // Without a name it is a comment: a sign of life.
    if (!fields.has(name)) return
    this.#lines++
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') this.#data.push(value)
  }
}
