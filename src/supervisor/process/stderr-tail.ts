import {harmless} from '../../control-sequences.js'
import {LineSplitter, type SplitLine} from '../../protocol/line-splitter.js'

const TAIL_LINES = 200
const LINE_CHARS = 4096
/** UTF-8 takes at most four bytes a character. */
const LINE_BYTES = 4 * LINE_CHARS
/** Of one chunk (64 KiB at most) no more is passed on, so that a flood can't starve the screen. */
const LINES_PER_CHUNK = 200

/** Keeps the last lines of a gateway's stderr, made harmless for a terminal. */
export class StderrTail {
  readonly #splitter = new LineSplitter(LINE_BYTES)
  #lines: string[] = []

  /** The lines that this chunk completes. */
  push(chunk: Buffer): string[] {
    const split = this.#splitter.push(chunk)
    const left = Math.max(0, split.length - LINES_PER_CHUNK)
    const lines = split.slice(left).map(readable)
    return this.#keep(left > 0 ? [`… ${left} lines left out`, ...lines] : lines)
  }

  /** The unfinished last line, if there is one. */
  end(): string[] {
    const rest = this.#splitter.end()
    return rest ? this.#keep([readable(rest)]) : []
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return this.#lines
  }

  #keep(lines: string[]): string[] {
    this.#lines = [...this.#lines, ...lines].slice(-TAIL_LINES)
    return lines
  }
}

function readable(line: SplitLine): string {
  if (line.kind === 'line') return harmless(line.bytes.toString('utf8'), LINE_CHARS)
  return `${harmless(line.head.toString('utf8'), LINE_CHARS)}… [${line.length} bytes]`
}
