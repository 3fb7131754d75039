import type {TerminalOutput} from '../terminal/streams.js'

/** Where the person is to type. */
const PROMPT = '> '

/** Lines, each below the last. The cursor is moved by nothing but their ends. */
export class LineOutput {
  readonly #stdout: TerminalOutput
  /** The cursor stands behind something: a prompt, a key that the terminal echoed. */
  #begun = false
  #prompted = false

  constructor(stdout: TerminalOutput) {
    this.#stdout = stdout
  }

  get width(): number {
    return Math.max(20, this.#stdout.columns || 80)
  }

  print(lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#write(`${this.#begun ? '\n' : ''}${lines.join('\n')}\n`)
    this.#begun = false
    this.#prompted = false
  }

  /** Says that it is the person's turn; once, until something else stands there. `label`: what is typed. */
  prompt(label = PROMPT): void {
    if (this.#prompted) return
    this.#write(label)
    this.#begun = true
    this.#prompted = true
  }

  /** What follows begins a line. */
  close(): void {
    if (this.#begun) this.#write('\n')
    this.#begun = false
  }

  /** The terminal echoed the end of a line. */
  entered(): void {
    this.#begun = false
    this.#prompted = false
  }

  /** The terminal echoed something that ended no line: `^C`. */
  echoed(): void {
    this.#begun = true
    this.#prompted = false
  }

  #write(text: string): void {
    if (this.#stdout.writable) this.#stdout.write(text)
  }
}
