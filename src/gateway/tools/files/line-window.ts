/** What one call may return; about 25 000 tokens. */
const MAX_RESULT_CHARS = 100_000
const MAX_LINE_CHARS = 4000

/**
 * Some lines of a text that comes in pieces, in memory that does not grow with it. Lines end in `\n` or
 * `\r\n`; a final line end does not make another line.
 */
export class LineWindow {
  readonly #from: number
  readonly #limit: number
  readonly #taken: string[] = []
  #chars = 0
  #open = ''
  #openLength = 0
  #lines = 0
  #full = false

  /** `from` counts from 1. */
  constructor(from: number, limit: number) {
    this.#from = from
    this.#limit = limit
  }

  /** Nothing more is taken; what follows is only counted. */
  get full(): boolean {
    return this.#full
  }

  /** Lines that were complete until now. */
  get lines(): number {
    return this.#lines
  }

  get taken(): readonly string[] {
    return this.#taken
  }

  /** The text goes on without an end of its line. */
  get unfinished(): boolean {
    return this.#openLength > 0
  }

  push(text: string): void {
    let at = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      this.#extend(text, at, end)
      this.#endLine(true)
      at = end + 1
    }
    this.#extend(text, at, text.length)
  }

  /** The text is over. */
  end(): void {
    if (this.#openLength > 0) this.#endLine(false)
  }

  #extend(text: string, from: number, to: number): void {
    this.#openLength += to - from
    const room = MAX_LINE_CHARS + 2 - this.#open.length
    if (room > 0 && this.#wanted) this.#open += text.slice(from, Math.min(to, from + room))
  }

  get #wanted(): boolean {
    return !this.#full && this.#lines + 1 >= this.#from
  }

  #endLine(ended: boolean): void {
    if (this.#wanted) this.#take(ended)
    this.#lines++
    this.#open = ''
    this.#openLength = 0
  }

  #take(ended: boolean): void {
    // Of a line that is cut the end is not known.
    const whole = this.#openLength === this.#open.length
    const returned = ended && whole && this.#open.endsWith('\r')
    const length = this.#openLength - (returned ? 1 : 0)
    const line =
      length > MAX_LINE_CHARS
        ? `${this.#open.slice(0, MAX_LINE_CHARS)}… [line of ${length} characters cut]`
        : this.#open.slice(0, length)
    if (this.#taken.length > 0 && this.#chars + line.length > MAX_RESULT_CHARS) {
      this.#full = true
      return
    }
    this.#taken.push(line)
    this.#chars += line.length + 1
    if (this.#taken.length >= this.#limit) this.#full = true
  }
}
