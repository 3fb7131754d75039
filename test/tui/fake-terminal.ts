import {PassThrough, Writable} from 'node:stream'
import xterm from '@xterm/headless'

class Screen extends Writable {
  readonly isTTY = true
  columns: number
  rows: number
  /** Writes that drew something. */
  writes = 0
  raw = ''
  readonly terminal: xterm.Terminal

  constructor(columns: number, rows: number) {
    super({decodeStrings: false})
    this.columns = columns
    this.rows = rows
    this.terminal = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: 5000,
      allowProposedApi: true,
      convertEol: true,
    })
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString()
    this.raw += text
    if (text !== '') this.writes++
    this.terminal.write(text, done)
  }
}

class Keys extends PassThrough {
  readonly isTTY = true
  isRaw = false

  setRawMode(on: boolean): this {
    this.isRaw = on
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

/** A terminal in memory: what is written to it is read from a real terminal's model. */
export class FakeTerminal {
  readonly stdin = new Keys()
  readonly stdout: Screen

  constructor(columns = 80, rows = 24) {
    this.stdout = new Screen(columns, rows)
  }

  type(text: string): void {
    this.stdin.write(text)
  }

  paste(text: string): void {
    this.stdin.write(`\x1b[200~${text.replaceAll('\n', '\r')}\x1b[201~`)
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.stdout, {columns, rows})
    this.stdout.terminal.resize(columns, rows)
    this.stdout.emit('resize')
  }

  /** The visible lines without spaces at their ends. */
  lines(): string[] {
    const buffer = this.stdout.terminal.buffer.active
    return Array.from({length: this.stdout.terminal.rows}, (_, row) =>
      (buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    )
  }

  screen(): string {
    return this.lines().join('\n')
  }

  /** Everything, what scrolled away too. */
  all(): string {
    const buffer = this.stdout.terminal.buffer.active
    return Array.from({length: buffer.length}, (_, row) => buffer.getLine(row)?.translateToString(true) ?? '').join(
      '\n',
    )
  }

  cursor(): {x: number; y: number} {
    const buffer = this.stdout.terminal.buffer.active
    return {x: buffer.cursorX, y: buffer.cursorY}
  }

  async waitFor(condition: string | RegExp | (() => boolean), timeoutMs = 8000): Promise<void> {
    const deadline = Date.now() + timeoutMs
    const holds = () => {
      if (typeof condition === 'function') return condition()
      return typeof condition === 'string' ? this.screen().includes(condition) : condition.test(this.screen())
    }
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`not seen: ${condition}\n${this.screen()}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
