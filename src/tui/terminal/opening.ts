import {isUtf8} from 'node:buffer'
import type {SupervisorView} from '../../supervisor/types.js'
import {type LiveScreen, liveScreen} from '../screen/screen.js'
import {reduce} from '../state/reduce.js'
import {type ChatState, initialState} from '../state/state.js'
import {placeOf} from '../text/place.js'
import {createStyle, type Style} from '../text/style.js'
import {truncate, wrapText} from '../text/wrap.js'
import type {TerminalInput, TerminalOutput} from './streams.js'

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const ERASE_DOWN = '\x1b[J'
const ERASE_ROW = '\x1b[K'

const LF = 0x0a
const CR = 0x0d

/** A chunk of input that can only be text: no key of another meaning, no part of a paste. */
const onlyText = /^[^\p{Control}]+$/u

const notBegun: SupervisorView = {
  phase: 'idle',
  recovering: false,
  attempt: 0,
  limit: 0,
  generation: 0,
  pid: undefined,
  session: undefined,
  capabilities: new Set(),
  lastExit: undefined,
  problem: undefined,
}

/** The chat that the opening draws, from when there is one. */
export interface OpeningChat {
  screen(): LiveScreen
  /** What was typed. */
  type(text: string): void
  subscribe(listener: () => void): () => void
}

export interface OpeningOptions {
  version: string
  cwd: string
  stdin: TerminalInput
  stdout: TerminalOutput
  env: NodeJS.ProcessEnv
}

/**
 * The screen until Ink can draw it: header, composer and status line are there in a third of the time,
 * and letters that are typed meanwhile show up. The first other key ends the reading: it and what
 * follows stay in the input, for Ink. Ink draws the same rows in the same place.
 */
export class Opening {
  readonly style: Style
  /** Stays on the screen: Ink draws below it. */
  readonly header: string[]
  readonly #stdin: TerminalInput
  readonly #stdout: TerminalOutput
  readonly #columns: number
  #state: ChatState
  /** What is read was typed before the raw mode: the terminal has made a line feed of each Enter. */
  #early = true
  #typed = ''
  #chat: OpeningChat | undefined
  #unsubscribe: (() => void) | undefined
  /** Row of the frame on which the cursor stands; undefined while there is no frame of ours. */
  #cursorRow: number | undefined

  constructor({version, cwd, env, stdin, stdout}: OpeningOptions) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#columns = stdout.columns || 80
    this.style = createStyle(env)
    this.header = header(version, cwd, this.style, this.#columns)
    this.#state = initialState({view: notBegun, showReasoning: false, cwd})
    // The terminal must not echo by itself what is typed.
    stdin.setRawMode?.(true)
    stdin.on('readable', this.#read)
    // All that waited is read in the first turn of the loop.
    setImmediate(() =>
      setImmediate(() => {
        this.#early = false
      }),
    )
    stdout.write(this.#headerText())
    this.#draw()
  }

  /** From now on this chat is drawn and typed into. */
  attach(chat: OpeningChat): void {
    this.#chat = chat
    if (this.#typed !== '') chat.type(this.#typed)
    this.#unsubscribe = chat.subscribe(this.#draw)
    this.#draw()
  }

  /** A warning that stays with the header, for as long as the screen is there. */
  addHeader(text: string): void {
    const rows = wrapText(`! ${text}`, this.#columns).map((row) => this.style.yellow(row))
    this.aside(() => this.header.push(...rows))
  }

  /** For lines that others write to the terminal: they come above the screen. */
  aside(write: () => void): void {
    const shown = this.#cursorRow !== undefined
    if (shown) this.#erase({header: true})
    write()
    if (!shown) return
    this.#stdout.write(this.#headerText())
    this.#draw()
  }

  /**
   * Ink draws within this tick: the input is left to it, and the cursor stands where its frame begins.
   * `printsFirst`: something comes above the frame. Returns whether the window has become narrower,
   * which moves rows about: the screen must be drawn anew.
   */
  handOver({printsFirst}: {printsFirst: boolean}): boolean {
    if (this.#cursorRow === undefined) return false
    this.#release()
    if (printsFirst) this.#erase({header: false})
    else {
      // What it draws over is what it draws: nothing flickers.
      const {rows} = this.#screen()
      this.#stdout.write(`${HIDE_CURSOR}${this.#toTop()}${frameText(rows)}${up(rows.length)}\r`)
    }
    this.#cursorRow = undefined
    return this.#stdout.columns < this.#columns
  }

  /** Takes the frame off the screen and gives the terminal back; nothing once it was handed over. `header`: that too. */
  close({header}: {header: boolean}): void {
    if (this.#cursorRow === undefined) return
    this.#release()
    this.#erase({header})
    this.#stdout.write(SHOW_CURSOR)
    this.#cursorRow = undefined
    this.#stdin.setRawMode?.(false)
    this.#stdin.pause()
  }

  /**
   * Takes the frame off the screen and gives the terminal back for a while; what is returned takes it again and draws.
   * `erase: false` leaves the frame where it is.
   */
  suspend({erase} = {erase: true}): () => void {
    const shown = this.#cursorRow !== undefined
    if (shown && erase) this.#erase({header: false})
    else if (shown) this.#cursorRow = 0
    this.#stdout.write(SHOW_CURSOR)
    this.#stdin.setRawMode?.(false)
    return () => {
      this.#stdin.setRawMode?.(true)
      if (shown) this.#draw()
    }
  }

  #read = (): void => {
    for (let chunk = this.#stdin.read(); chunk !== null; chunk = this.#stdin.read()) {
      const bytes = Buffer.from(chunk as string)
      if (this.#early) for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at)) bytes[at] = CR
      this.#early = false
      const text = bytes.toString()
      if (!isUtf8(bytes) || !onlyText.test(text)) {
        this.#stdin.off('readable', this.#read)
        // As it came: the end of an answer, or half a letter, may be in what follows.
        this.#stdin.unshift(bytes)
        return
      }
      if (this.#chat) this.#chat.type(text)
      else {
        this.#typed += text
        this.#state = reduce(this.#state, {type: 'edit', action: {type: 'insert', text}})
        this.#draw()
      }
    }
  }

  #release(): void {
    this.#stdin.off('readable', this.#read)
    this.#unsubscribe?.()
  }

  #screen(): LiveScreen {
    if (this.#chat) return this.#chat.screen()
    const {columns, rows} = this.#stdout
    const size = {columns: columns || 80, rows: rows || 24}
    const none = {commands: [], crashLog: '', found: undefined, now: 0, tick: 0}
    return liveScreen(this.#state, {...size, ...none, style: this.style})
  }

  #draw = (): void => {
    const {rows, cursor} = this.#screen()
    const {x, y} = cursor ?? {x: 0, y: rows.length}
    const place = `${up(rows.length - y)}\x1b[${x + 1}G`
    const text = frameText(rows) + place + (cursor ? SHOW_CURSOR : '')
    this.#stdout.write(HIDE_CURSOR + this.#toTop() + text)
    this.#cursorRow = y
  }

  #toTop(): string {
    return `${up(this.#cursorRow ?? 0)}\r`
  }

  #erase({header}: {header: boolean}): void {
    const above = header ? up(this.header.length) : ''
    this.#stdout.write(`${this.#toTop()}${above}${ERASE_DOWN}`)
    this.#cursorRow = 0
  }

  #headerText(): string {
    return this.header.map((row) => `${row}\n`).join('')
  }
}

/** Without the condition it would be one row. */
function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : ''
}

/** As Ink does, it leaves the cursor below the last row. */
function frameText(rows: readonly string[]): string {
  return rows.map((row) => `${row}${ERASE_ROW}\n`).join('') + ERASE_DOWN
}

function header(version: string, cwd: string, style: Style, width: number): string[] {
  const head = `hermes ${version}`
  return [
    style.bold(style.magenta(truncate(head, width))) +
      style.dim(truncate(` · ${placeOf(cwd)}`, Math.max(0, width - head.length))),
    style.dim(truncate('/help for commands and keys · Ctrl+C twice leaves', width)),
  ]
}
