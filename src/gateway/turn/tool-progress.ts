import {withoutEndMark} from '../tools/command/bounded-output.js'

/** A running call tells what it does at most so often, milliseconds; one that ends before that tells nothing of it. */
const TOLD_EVERY_MS = 100

/** What is told of it: as many lines as anybody shows, and of each no more than the widest screen has room for. */
const MAX_LINES = 10
const LINE_CHARACTERS = 400

/** So much of the end is looked at: programs draw their progress many times in the same line. */
const LOOKED_AT = 16_000

export interface ToolProgressOptions {
  /** Sends it; nothing of it is stored. */
  tell: (preview: string) => void
  /** Without what must not be shown. */
  mask: (text: string) => string
  /** Resolves when the client has taken enough of what it was sent. */
  room: () => Promise<void>
  /** Default 100 ms. */
  everyMs?: number
}

/** What a call puts out while it runs, for people only: the newest of it, now and then. */
export class ToolProgress {
  readonly #options: ToolProgressOptions
  #read: (() => string) | undefined
  #timer: NodeJS.Timeout | undefined
  #waits = false
  #ended = false
  #told = ''

  constructor(options: ToolProgressOptions) {
    this.#options = options
  }

  /** There is more to be seen; `read` says what there is, when it is told. */
  more(read: () => string): void {
    this.#read = read
    this.#schedule()
  }

  /** The call ended: nothing is told any more. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#ended || this.#waits || !this.#read) return
    this.#timer ??= setTimeout(() => void this.#tell(), this.#options.everyMs ?? TOLD_EVERY_MS)
  }

  async #tell(): Promise<void> {
    const {tell, mask, room} = this.#options
    this.#timer = undefined
    const preview = lastLines(withoutEndMark(mask(this.#read?.() ?? '')))
    this.#read = undefined
    if (preview === this.#told) return
    this.#told = preview
    tell(preview)
    // A client that does not read gets the newest when it does, and not all that was in between.
    this.#waits = true
    await room()
    this.#waits = false
    this.#schedule()
  }
}

/** The last lines of a text as a terminal would show them: of what overwrites a line the last. */
export function lastLines(text: string): string {
  const end = text.slice(-LOOKED_AT)
  const lines = end.trimEnd().split(/\r?\n/)
  if (end.length < text.length && lines.length > 1) lines.shift()
  return lines
    .slice(-MAX_LINES)
    .map((line) => line.slice(line.trimEnd().lastIndexOf('\r') + 1).trimEnd())
    .map((line) => (line.length > LINE_CHARACTERS ? `${line.slice(0, LINE_CHARACTERS - 1).toWellFormed()}…` : line))
    .join('\n')
}
