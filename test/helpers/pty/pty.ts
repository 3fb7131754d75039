import {constants} from 'node:os'
import {type IPty, spawn} from '@lydell/node-pty'
import xterm from '@xterm/headless'
import {type Key, keys, pasted} from './keys.js'
import {modesLeft} from './modes.js'
import {descendantsOf, isRunning, processRow} from './processes.js'

export interface ScreenOptions {
  file: string
  args?: readonly string[]
  /** The whole environment of the program; nothing is inherited. */
  env: Record<string, string>
  cwd: string
  /** Default 100. */
  cols?: number
  /** Default 30. */
  rows?: number
  /** `rgb:1e1e/1e1e/2e2e`: what it answers when it is asked for its background; default nothing. */
  background?: string | undefined
}

export interface PtyExit {
  code: number
  signal: NodeJS.Signals | undefined
}

/** What {@link PtyScreen.waitFor} takes: text or a pattern on the visible screen, or any condition. */
export type Condition = string | RegExp | (() => boolean)

export interface WaitOptions {
  /** Milliseconds; default 10 000. */
  timeout?: number
  /** Named in the failure; default the condition itself. */
  what?: string
  /** Look every 20 ms too, for what does not show on the screen; default true. */
  poll?: boolean
}

/** Milliseconds after which the rest of a frame is not waited for. */
const LONGEST_FRAME = 500

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals] as const),
)

/** A program in a real pseudo-terminal, and the screen that a person would see. */
export class PtyScreen {
  readonly terminal: xterm.Terminal
  readonly exit: Promise<PtyExit>
  readonly #pty: IPty
  readonly #watchers = new Set<() => void>()
  /** Every process that was seen below the program. */
  readonly #family = new Set<number>()
  #raw = ''
  #ended: PtyExit | undefined
  /** Since when (`Date.now()`) a frame is half drawn. */
  #frameSince: number | undefined

  constructor({file, args = [], env, cwd, cols = 100, rows = 30, background}: ScreenOptions) {
    this.terminal = new xterm.Terminal({cols, rows, scrollback: 20_000, allowProposedApi: true})
    this.#pty = spawn(file, [...args], {name: env.TERM ?? 'xterm-256color', cols, rows, cwd, env})
    this.#pty.onData((data) => {
      this.#raw += data
      this.terminal.write(data, () => this.#notify())
    })
    // Answers to queries (device attributes, cursor position) go back as a real terminal's would.
    this.terminal.onData((data) => this.#write(data))
    this.terminal.parser.registerOscHandler(11, (data) => {
      if (data === '?' && background !== undefined) this.#write(`\x1b]11;${background}\x1b\\`)
      return true
    })
    this.exit = new Promise((resolve) => {
      this.#pty.onExit(({exitCode, signal}) => {
        this.#ended = {code: exitCode, signal: signal ? signalNames.get(signal) : undefined}
        // What was written before the end is on the screen when the end is told.
        this.terminal.write('', () => {
          this.#notify()
          if (this.#ended) resolve(this.#ended)
        })
      })
    })
  }

  get pid(): number {
    return this.#pty.pid
  }

  get ended(): PtyExit | undefined {
    return this.#ended
  }

  /** Everything the program wrote, escape sequences included. */
  get raw(): string {
    return this.#raw
  }

  /** Modes that the program switched and did not switch back. */
  get modesLeft(): string[] {
    return modesLeft(this.#raw)
  }

  /** The visible lines, without spaces at their ends, joined by newlines. */
  screen(): string {
    const buffer = this.terminal.buffer.active
    return this.#lines(buffer.viewportY, buffer.viewportY + this.terminal.rows)
  }

  /** All lines, those that scrolled away too. Wrapped rows are joined. */
  scrollback(): string {
    return this.#lines(0, this.terminal.buffer.active.length, true)
  }

  type(text: string): void {
    this.#write(text)
  }

  paste(text: string): void {
    this.#write(pasted(text))
  }

  press(...names: Key[]): void {
    for (const name of names) this.#write(keys[name])
  }

  /** Types a line and sends it, once it is seen in the composer. */
  async submit(text: string): Promise<void> {
    this.type(text)
    await this.waitFor(text.slice(-40))
    this.press('enter')
  }

  resize(cols: number, rows: number): void {
    this.terminal.resize(cols, rows)
    this.#pty.resize(cols, rows)
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal)
  }

  /** Closes the terminal under the program, as the end of its window does. */
  hangUp(): void {
    const pty: object = this.#pty
    if (!('destroy' in pty) || typeof pty.destroy !== 'function') throw new Error('this pty cannot be closed')
    pty.destroy()
  }

  /** Running processes below the program, nearest first. */
  descendants() {
    const rows = descendantsOf(this.pid).filter((row) => row.state !== 'Z')
    for (const row of rows) this.#family.add(row.pid)
    return rows
  }

  /** Processes that were seen below the program and still run. */
  left(): number[] {
    if (!this.#ended) this.descendants()
    return [...this.#family, this.pid].filter(isRunning)
  }

  /**
   * What the program left running at its end. The guard of its gateways ends by the end of its input, which is the
   * end of the program: it is waited for.
   */
  async outlived(): Promise<number[]> {
    const isGuard = (pid: number) => processRow(pid)?.command.includes('while read') === true
    const others = this.left().filter((pid) => !isGuard(pid))
    await this.waitFor(() => !this.left().some(isGuard), {what: 'the end of the guard'})
    return others
  }

  /**
   * Resolves when the condition holds. It is looked at after each output and, for what does not
   * show on the screen, every 20 ms. Rejects with the screen when time is up or the program ended.
   */
  waitFor(condition: Condition, {timeout = 10_000, what, poll: polled = true}: WaitOptions = {}): Promise<void> {
    const holds = () => {
      if (typeof condition === 'function') return condition()
      const screen = this.screen()
      return typeof condition === 'string' ? screen.includes(condition) : condition.test(screen)
    }
    const name = what ?? (typeof condition === 'function' ? condition.toString() : String(condition))
    return new Promise((resolve, reject) => {
      let checkedAfterEnd = false
      const finish = (error?: Error) => {
        clearTimeout(deadline)
        clearInterval(poll)
        this.#watchers.delete(check)
        if (error) reject(error)
        else resolve()
      }
      const check = () => {
        if (this.#isMidFrame()) return
        try {
          if (holds()) return finish()
        } catch (error) {
          return finish(error instanceof Error ? error : new Error(String(error)))
        }
        if (!this.#ended || typeof condition === 'function') return
        if (checkedAfterEnd) finish(new Error(`the program ended while waiting for ${name}\n${this.#describe()}`))
        checkedAfterEnd = true
      }
      const deadline = setTimeout(
        () => finish(new Error(`not seen in ${timeout} ms: ${name}\n${this.#describe()}`)),
        timeout,
      )
      const poll = polled ? setInterval(check, 20) : undefined
      this.#watchers.add(check)
      check()
    })
  }

  /** The exit, or a failure with the screen when it does not come. */
  async waitForExit(timeout = 10_000): Promise<PtyExit> {
    await this.waitFor(() => this.#ended !== undefined, {timeout, what: 'the end of the program'})
    return this.exit
  }

  /** Ends whatever is left: for `afterEach`, never as part of a test's act. */
  dispose(): void {
    for (const pid of this.left()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    }
    this.terminal.dispose()
  }

  #lines(from: number, to: number, join = false): string {
    const buffer = this.terminal.buffer.active
    const lines: string[] = []
    for (let row = from; row < Math.min(to, buffer.length); row++) {
      const line = buffer.getLine(row)
      if (!line) continue
      const goesOn = join && buffer.getLine(row + 1)?.isWrapped === true
      const text = line.translateToString(!goesOn)
      if (join && line.isWrapped && lines.length > 0) lines[lines.length - 1] += text
      else lines.push(text)
    }
    return lines.join('\n').trimEnd()
  }

  #write(data: string): void {
    if (!this.#ended) this.#pty.write(data)
  }

  /**
   * The rows of a frame are erased before they are drawn anew, and its bytes may come in two reads: between them a list
   * seems to be gone that is not. Of a program that is stopped or killed in mid-frame the rest never comes.
   */
  #isMidFrame(): boolean {
    if (this.#ended || !this.terminal.modes.synchronizedOutputMode) {
      this.#frameSince = undefined
      return false
    }
    this.#frameSince ??= Date.now()
    return Date.now() - this.#frameSince < LONGEST_FRAME
  }

  #notify(): void {
    for (const check of [...this.#watchers]) check()
  }

  #describe(): string {
    const end = this.#ended ? `ended: ${JSON.stringify(this.#ended)}` : `running, pid ${this.pid}`
    const rule = '─'.repeat(this.terminal.cols)
    return `${end}\n${rule}\n${this.screen()}\n${rule}`
  }
}
