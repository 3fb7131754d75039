import {StringDecoder} from 'node:string_decoder'
import type {TerminalInput} from '../terminal/streams.js'

/** Lines that come closer to each other than this nobody typed: they were pasted, and belong together. */
const PASTE_MS = 30

/** A terminal's own line holds no more, bytes (Linux): what is typed or pasted beyond goes nowhere. */
const LONGEST_LINE = 4095

/** In a hidden field: keys that a terminal's own line would know. */
const [INTERRUPT, END, BACKSPACE, DELETE, KILL] = ['\x03', '\x04', '\b', '\x7f', '\x15']

export interface LineListener {
  /** What was entered, without its last line break; with others in it, it was pasted. `hidden`: nothing was echoed. */
  onText(text: string, hidden: boolean): void
  /** A line may have lost its end: it is as long as one can be. */
  onCut(): void
  /** Ctrl+C in a hidden field; elsewhere it is a signal. */
  onInterrupt(): void
  /** From now on what is typed is not echoed, or is again. */
  onHidden(hidden: boolean): void
}

/**
 * The terminal's own line editing: it hands over whole lines. For a password alone it is made raw, as it would echo
 * what is typed.
 */
export class LineInput {
  readonly #stdin: TerminalInput
  readonly #listener: LineListener
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #lines: string[] = []
  #timer: NodeJS.Timeout | undefined
  #hidden: string | undefined

  constructor(stdin: TerminalInput, listener: LineListener) {
    this.#stdin = stdin
    this.#listener = listener
    stdin.on('data', this.#read)
  }

  /** Whether what is typed is not to be seen. */
  hide(hidden: boolean): void {
    if (hidden === (this.#hidden !== undefined)) return
    this.#hidden = hidden ? '' : undefined
    this.#stdin.setRawMode?.(hidden)
    this.#listener.onHidden(hidden)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.hide(false)
    this.#stdin.off('data', this.#read)
    this.#stdin.pause()
  }

  #read = (chunk: Buffer | string) => {
    const text = this.#decoder.write(Buffer.from(chunk))
    if (this.#hidden !== undefined) return this.#readHidden(text)
    const lines = (this.#rest + text).split(/\r\n|\n|\r/)
    this.#rest = lines.pop() ?? ''
    if (lines.length === 0) return
    this.#lines.push(...lines)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#hand(), PASTE_MS)
  }

  #hand(): void {
    const text = this.#lines.join('\n')
    this.#lines = []
    if (text.split('\n').some((line) => Buffer.byteLength(line) >= LONGEST_LINE)) this.#listener.onCut()
    this.#listener.onText(text, false)
  }

  #readHidden(text: string): void {
    for (const key of text) {
      if (this.#hidden === undefined) return
      if (key === '\r' || key === '\n') {
        const entered = this.#hidden
        this.hide(false)
        this.#listener.onText(entered, true)
      } else if (key === INTERRUPT || key === END) {
        this.hide(false)
        this.#listener.onInterrupt()
      } else if (key === BACKSPACE || key === DELETE) this.#hidden = [...this.#hidden].slice(0, -1).join('')
      else if (key === KILL) this.#hidden = ''
      else if (key >= ' ') this.#hidden += key
    }
  }
}
