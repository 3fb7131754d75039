import {expect} from 'chai'
import {liveScreen} from '../../src/tui/screen/screen.js'
import {reduce} from '../../src/tui/state/reduce.js'
import type {ChatAction, ChatState} from '../../src/tui/state/state.js'
import {loadHighlighter} from '../../src/tui/text/highlight/highlighter.js'
import {type Lexer, loadLexer} from '../../src/tui/text/lexer.js'
import {createStyle, type Style} from '../../src/tui/text/style.js'
import {stripSgr} from '../../src/tui/text/wrap.js'
import {CodeColours} from '../../src/tui/transcript/code-colours.js'
import {itemsOfMessages} from '../../src/tui/transcript/items.js'
import {LiveReply} from '../../src/tui/transcript/live-reply.js'
import {Printer} from '../../src/tui/transcript/printer.js'
import {freshChat, type Told, told} from './chat-state.js'

/** What is loaded once for many drawings. */
export interface Libraries {
  lexer: Lexer
  colours: CodeColours
}

export async function loadLibraries(): Promise<Libraries> {
  const lexer = await loadLexer()
  const {promise, resolve} = Promise.withResolvers<void>()
  const colours = new CodeColours(loadHighlighter, resolve)
  colours.isAwaited({text: '```ts\n'})
  await promise
  return {lexer, colours}
}

export interface DrawnOptions {
  /** Default 80. */
  columns?: number
  /** Of the terminal, in which nothing scrolls: default 24. */
  height?: number
  /** Of the terminal; default one with colours. */
  env?: NodeJS.ProcessEnv
}

/** The screen as a person would have it: all that is printed and the live part, in the width of a terminal. */
export class DrawnChat {
  state: ChatState = freshChat()
  /** What was printed, as the terminal gets it. */
  readonly rows: string[] = []
  /** The live part as it is now. */
  live: string[] = []
  /** The longest time of a processor that one step took, ms: between two of them keys are heard. */
  longest = 0
  readonly reply: LiveReply
  readonly #style: Style
  readonly #printer: Printer
  readonly #size: {columns: number; rows: number}
  #seen = 0

  constructor({lexer, colours}: Libraries, {columns = 80, height = 24, env = {TERM: 'xterm'}}: DrawnOptions = {}) {
    this.#style = createStyle(env)
    this.#size = {columns, rows: height}
    this.#printer = new Printer({look: {style: this.#style}, width: () => columns, colours})
    this.#printer.lexer = lexer
    this.reply = new LiveReply({look: {style: this.#style}, lexer: () => lexer, colours})
  }

  act(action: ChatAction): this {
    this.#timed(() => {
      this.state = reduce(this.state, action)
    })
    return this.draw()
  }

  event(event: Told): this {
    return this.act(told(event, 1))
  }

  /** A part of the reply. */
  say(text: string): this {
    return this.act({type: 'deltas', reasoning: '', text, now: 1})
  }

  /** The end of the reply. */
  complete(): this {
    return this.event({type: 'message.complete', payload: {text: null, status: 'complete'}})
  }

  draw(): this {
    do {
      this.#timed(() => {
        const blocks = this.#printer.blocks(this.state.items, true)
        for (const {text} of blocks.slice(this.#seen)) this.rows.push(...text.split('\n'))
        this.#seen = blocks.length
      })
    } while (this.#printer.behind(this.state.items))
    this.#timed(() => {
      const {rows} = liveScreen(this.state, {
        ...this.#size,
        style: this.#style,
        crashLog: '/x',
        found: undefined,
        now: 2,
        tick: 1,
        reply: (piece, width, room) => this.reply.rows(piece, width, room),
      })
      expect(rows.length).to.be.within(1, this.#size.rows - 1)
      expect(rows.join('\n')).to.not.include('cannot be drawn')
      this.live = rows
    })
    harmless(this.live)
    return this
  }

  get text(): string {
    return this.rows.join('\n')
  }

  #timed(act: () => void): void {
    const before = process.threadCpuUsage()
    act()
    const {user, system} = process.threadCpuUsage(before)
    this.longest = Math.max(this.longest, (user + system) / 1000)
  }
}

/**
 * A reply as it is printed, without the blank row above it; colours and all. It is drawn three times: as it comes in small
 * parts, as a whole, and from a stored transcript. Fails where these are not the same.
 */
export function replyRows(libraries: Libraries, text: string, options?: DrawnOptions): string[] {
  const whole = new DrawnChat(libraries, options).say(text).complete().rows
  const streamed = new DrawnChat(libraries, options)
  for (let at = 0; at < text.length; at += 3) streamed.say(text.slice(at, at + 3))
  expect(streamed.complete().rows, 'streamed').to.deep.equal(whole)
  const stored = new DrawnChat(libraries, options)
  stored.act({type: 'print', items: itemsOfMessages([{role: 'assistant', text}])})
  expect(stored.rows, 'stored').to.deep.equal(whole)
  return whole.slice(1)
}

/** As {@link replyRows}, without colours, weights and links. */
export function plainReply(libraries: Libraries, text: string, options?: DrawnOptions): string[] {
  return replyRows(libraries, text, options).map(stripSgr)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
const drives = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/

/** Fails for what is more than text, colours and weights. */
export function harmless(rows: readonly string[]): void {
  for (const row of rows) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are allowed.
    const plain = row.replace(/\x1b\[[0-9;:]*m/g, '')
    if (drives.test(plain) || !plain.isWellFormed())
      expect.fail(`drives the terminal: ${JSON.stringify(row.slice(0, 200))}`)
  }
}
