import {isUtf8} from 'node:buffer'
import {firstScreen} from '../screen/first-screen.js'
import type {LiveScreen} from '../screen/part.js'
import {placeOf} from '../text/place.js'
import type {Style} from '../text/style.js'
import {asksBackground, BACKGROUND_QUERY, backgroundIn} from '../text/theme/background.js'
import {Look} from '../text/theme/look.js'
import {truncate, wrapText} from '../text/wrap.js'
import type {TerminalInput, TerminalOutput} from './streams.js'

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const ERASE_DOWN = '\x1b[J'
const ERASE_ROW = '\x1b[K'

/** As long a terminal at the other end of the world takes to answer. */
const ANSWER_MS = 300
const POLL_MS = 10

const LF = 0x0a
const CR = 0x0d

/** A chunk of input that can only be text: no key of another meaning, no part of a paste. */
const onlyText = /^[^\p{Control}]*$/u

/* biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what terminals speak in. */
/** The terminal tells its background; and what may become that. */
const backgroundAnswer = /\x1b\](11;[^\x07\x1b]{0,64})(?:\x07|\x1b\\)/g
const answerBegun = /\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]{0,64}\x1b?)?)?)?)?$/
/* biome-ignore-end lint/suspicious/noControlCharactersInRegex: end of the block. */

/** The chat that the opening draws, from when there is one. */
export interface OpeningChat {
  screen(): LiveScreen
  /** What was typed. */
  type(text: string): void
  subscribe(listener: () => void): () => void
}

export interface OpeningOptions {
  version: string
  /** Where a new session works; a stored one says where it does when it is open. */
  cwd: string | undefined
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
  readonly look: Look
  /** Stays on the screen: Ink draws below it. */
  readonly header: string[]
  readonly #stdin: TerminalInput
  readonly #stdout: TerminalOutput
  readonly #columns: number
  readonly #cwd: string | undefined
  /** What is read was typed before the raw mode: the terminal has made a line feed of each Enter. */
  #early = true
  #typed = ''
  /** The terminal was asked for its background, and has not answered. */
  #asked = false
  #askedAt = 0
  /** Of its answer the beginning, or a key. */
  #held = ''
  #chat: OpeningChat | undefined
  #unsubscribe: (() => void) | undefined
  /** Row of the frame on which the cursor stands; undefined while there is no frame of ours. */
  #cursorRow: number | undefined

  constructor({version, cwd, env, stdin, stdout}: OpeningOptions) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#columns = stdout.columns || 80
    this.look = new Look(env)
    this.header = header(version, cwd, this.look.style, this.#columns)
    this.#cwd = cwd
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
    // As early as can be: what is printed before the answer has other colours than what follows.
    this.#asked = asksBackground(env, this.look.level)
    this.#askedAt = performance.now()
    if (this.#asked) stdout.write(BACKGROUND_QUERY)
  }

  /**
   * For an end that comes early: until the terminal has answered, or {@link ANSWER_MS} after it was asked. What it
   * answers later its shell takes for text.
   */
  async answered(): Promise<void> {
    const end = this.#askedAt + ANSWER_MS
    while (this.#asked && this.#cursorRow !== undefined && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  /** Between two parts of the program that are loaded: what was typed meanwhile is read, and seen. */
  async listen(): Promise<void> {
    // The first comes before the terminal is asked for what it has.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate)
  }

  /** What the terminal tells of itself, without its brackets. */
  hear(answer: string): void {
    const background = backgroundIn(answer)
    if (background === undefined) return
    this.#asked = false
    const {style} = this.look
    this.look.learn(background)
    if (this.look.style !== style && this.#cursorRow !== undefined) this.#draw()
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
    const rows = wrapText(`! ${text}`, this.#columns).map((row) => this.look.style.warning(row))
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
      const keys = this.#withoutAnswers(bytes)
      const text = keys.toString()
      if (!isUtf8(keys) || !onlyText.test(text)) {
        this.#stdin.off('readable', this.#read)
        // As it came: half a letter may be in what follows.
        this.#stdin.unshift(Buffer.concat([keys, this.#takeHeld()]))
        return
      }
      if (text === '') continue
      if (this.#chat) this.#chat.type(text)
      else {
        this.#typed += text
        this.#draw()
      }
    }
  }

  /** What is asked for is heard here. Its beginning is held; without the rest it was a key. */
  #withoutAnswers(bytes: Buffer): Buffer {
    if (!this.#asked) return Buffer.concat([this.#takeHeld(), bytes])
    const all = this.#held + bytes.toString('latin1')
    const rest = all.replace(backgroundAnswer, (_, answer: string) => {
      this.hear(answer)
      return ''
    })
    this.#held = (this.#asked && answerBegun.exec(rest)?.[0]) || ''
    return Buffer.from(rest.slice(0, rest.length - this.#held.length), 'latin1')
  }

  #takeHeld(): Buffer {
    const held = Buffer.from(this.#held, 'latin1')
    this.#held = ''
    return held
  }

  #release(): void {
    this.#stdin.off('readable', this.#read)
    const held = this.#takeHeld()
    if (held.length > 0) this.#stdin.unshift(held)
    this.#unsubscribe?.()
  }

  #screen(): LiveScreen {
    if (this.#chat) return this.#chat.screen()
    const {columns, rows} = this.#stdout
    const size = {columns: columns || 80, rows: rows || 24}
    return firstScreen({typed: this.#typed, cwd: this.#cwd, ...size, style: this.look.style})
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

function header(version: string, cwd: string | undefined, style: Style, width: number): string[] {
  const head = `hermes ${version}`
  return [
    style.bold(style.brand(truncate(head, width))) +
      style.dim(truncate(cwd === undefined ? '' : ` · ${placeOf(cwd)}`, Math.max(0, width - head.length))),
    style.dim(
      truncate(width < 50 ? '/help · Ctrl+C twice leaves' : '/help for commands and keys · Ctrl+C twice leaves', width),
    ),
  ]
}
