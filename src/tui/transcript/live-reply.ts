import type {Piece} from '../text/blocks/split.js'
import type {Lexer} from '../text/lexer.js'
import {sanitize} from '../text/sanitize.js'
import type {Style, Styled} from '../text/style.js'
import {softWrapped, wrapText} from '../text/wrap.js'
import type {CodeColours} from './code-colours.js'
import {itemRows} from './draw-item.js'
import {printable} from './printable.js'

/** A piece that is longer is drawn anew only when it has grown by a twentieth: else each delta would cost more. */
const LONG = 8000
const GROWTH = 1.05
/** So long without a change a text is taken to rest, ms. */
const REST_MS = 250

/** A line that has begun and may still become anything: drawn now it would make a heading of the paragraph before it. */
const undecided = /(?:^|\n)[ \t]*(?:[-=*+#>|`~_]{1,3}|\d{1,3}[.)]?)[ \t]*$/

export interface LiveReplyOptions {
  look: Styled
  lexer: () => Lexer | undefined
  colours: CodeColours | undefined
  /** Asked for another drawing where the text is longer than what is drawn, and has stopped growing. */
  again?: () => void
}

/** What of a reply is not finished, as it will look when it is: only the screen breaks its long lines. */
export class LiveReply {
  readonly #look: Styled
  readonly #lexer: () => Lexer | undefined
  readonly #colours: CodeColours | undefined
  #drawn: {key: unknown[]; text: string; rows: string[]} | undefined
  readonly #again: (() => void) | undefined
  /** What is not drawn yet, and what of it stopped growing. */
  #behind: string | undefined
  #rests: string | undefined
  #timer: NodeJS.Timeout | undefined
  /** How often something was drawn anew, and of how many characters in sum. */
  readonly drawn = {times: 0, characters: 0}

  constructor({look, lexer, colours, again}: LiveReplyOptions) {
    this.#again = again
    this.#look = look
    this.#lexer = lexer
    this.#colours = colours
  }

  /** At most `room` rows, the last ones; with the blank row above it, if it has one. */
  rows({text, before}: Piece, width: number, room: number): string[] {
    if (text.trim() === '' || room <= 0) return []
    this.#colours?.isAwaited({text, before})
    const lexer = this.#lexer()
    if (!lexer) return ['', ...plainRows(text, width, room)].slice(-room)
    const {style} = this.#look
    const key = [before, width, lexer, this.#colours?.highlighter, style]
    const last = this.#drawn
    const same = last && key.every((part, index) => part === last.key[index]) && text.startsWith(last.text)
    const goodFor = last && last.text.length > LONG ? last.text.length * GROWTH : (last?.text.length ?? 0)
    if (!same || text.length > goodFor || (this.#rests === text && last.text !== text)) {
      this.#drawn = {key, text, rows: this.#draw({text, before}, lexer, width, style)}
      this.#drawAtRest(undefined)
    } else if (last.text !== text) this.#drawAtRest(text)
    return this.#drawn?.rows.slice(-room) ?? []
  }

  /** Once it has stopped growing; undefined: it is drawn. */
  #drawAtRest(text: string | undefined): void {
    if (text === this.#behind) return
    this.#behind = text
    clearTimeout(this.#timer)
    if (text === undefined || !this.#again) return
    this.#timer = setTimeout(() => {
      this.#rests = text
      this.#again?.()
    }, REST_MS)
    this.#timer.unref()
  }

  #draw({text, before}: Piece, lexer: Lexer, width: number, style: Style): string[] {
    this.drawn.times++
    this.drawn.characters += text.length
    const highlighter = this.#colours?.highlighter
    const decided = text.replace(undecided, '')
    if (decided.trim() === '') return []
    const item = {id: 0, kind: 'assistant', text: decided, first: true, before} as const
    const unlinked = {...style, link: () => undefined}
    const options = {width, style: unlinked, lexer, highlighter, showReasoning: true}
    return softWrapped(itemRows(item, undefined, options).map(printable), width)
  }
}

/** Only the end is wrapped: that is what is seen. */
function plainRows(text: string, width: number, room: number): string[] {
  return wrapText(sanitize(text.slice(-room * width).toWellFormed()).trim(), width)
}
