/** More than any event of a provider; what goes on without a line end is no event stream. */
const MAX_EVENT_CHARS = 64 * 1024 * 1024

const fields = new Set(['', 'data', 'event', 'id', 'retry'])

/**
 * Data of server-sent events, out of bytes in pieces of any size: UTF-8 over their borders, LF, CR and CRLF, a mark of
 * byte order, comments, data in several lines. The last event counts also without the blank line behind it.
 */
export class SseReader {
  readonly #decoder = new TextDecoder()
  #rest = ''
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
    const text = this.#rest + piece
    if (text.length > MAX_EVENT_CHARS) throw new Error('an event of the reply is longer than 64 MB')
    const events: string[] = []
    let start = 0
    const ends = /\r\n|\r|\n/g
    // Only the new piece can hold an end of line, but for a CR that may be half of one.
    ends.lastIndex = Math.max(0, this.#rest.length - 1)
    for (let end = ends.exec(text); end; end = ends.exec(text)) {
      if (!last && end[0] === '\r' && ends.lastIndex === text.length) break
      this.#line(text.slice(start, end.index), events)
      start = ends.lastIndex
    }
    this.#rest = text.slice(start)
    return events
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
