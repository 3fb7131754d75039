import type {KeyNames} from '../../keys/text.js'
import type {Highlighter} from '../text/highlight/highlighter.js'
import type {Lexer} from '../text/lexer.js'
import type {Styled} from '../text/style.js'
import type {CodeColours} from './code-colours.js'
import {itemRows} from './draw-item.js'
import type {Item} from './items.js'
import {printable} from './printable.js'
import {sizeOf} from './trim.js'

/** So much of what waits is printed at once, characters: keys are heard between two parts of a long transcript. */
const PART = 16_000

/** After so many blocks the list of them begins anew: it is copied for each one, which is 100 kB after 12 000. */
const MAX_BLOCKS = 200

/** Items that were printed together, as one text for the terminal. Once it is there, the text is empty. */
export interface Block {
  id: number
  text: string
}

/**
 * Turns finished items into blocks for `<Static>`: each item once, in the width of that moment. The
 * array is the same one as long as nothing new came, so that React leaves the static part alone; a
 * static part that renders again defeats the limit of frames (100 updates made 100 frames, not 16).
 */
export class Printer {
  readonly #look: Styled
  readonly #width: () => number
  #blocks: readonly Block[] = []
  #list = 0
  #made = 0
  /** Id of the item that is to be printed next. */
  #next = 0
  /** Blocks of the list that are drawn. */
  #drawn = 0
  readonly #colours: CodeColours | undefined
  readonly #key: KeyNames | undefined
  lexer: Lexer | undefined
  /** Something else has the terminal: nothing new is printed until it is false again. */
  held = false

  /** `colours`: of code; default none. `key`: of hints; default as in the table. */
  constructor(options: {look: Styled; width: () => number; colours?: CodeColours; key?: KeyNames}) {
    this.#key = options.key
    this.#look = options.look
    this.#width = options.width
    this.#colours = options.colours
  }

  /** Which list of blocks it is: another one is drawn from its beginning. */
  get list(): number {
    return this.#list
  }

  /** All items before this id are printed. */
  get next(): number {
    return this.#next
  }

  /** More is to be printed than the last block took. */
  behind(items: readonly Item[]): boolean {
    return !this.held && this.#end(items) > this.#start(items)
  }

  blocks(items: readonly Item[], showReasoning: boolean): readonly Block[] {
    const end = this.#end(items)
    let at = this.#start(items)
    if (this.held || end <= at) return this.#blocks
    const rows: string[] = []
    let characters = 0
    for (; at < end && characters < PART; at++) {
      rows.push(...this.#rows(items, at, showReasoning).map(printable))
      characters += Math.max(100, sizeOf(items[at]))
    }
    this.#next = (items[at - 1]?.id ?? -1) + 1
    if (this.#blocks.length >= MAX_BLOCKS) {
      this.#blocks = this.#blocks.slice(this.#drawn)
      this.#drawn = 0
      this.#list++
    }
    // A block without rows would be an empty one on the screen.
    if (rows.length === 0) return this.#blocks
    this.#blocks = [...this.#blocks, {id: this.#made++, text: rows.join('\n')}]
    return this.#blocks
  }

  /** Blocks up to the last one are drawn: their texts are not held any longer. */
  drawn(): void {
    for (; this.#drawn < this.#blocks.length; this.#drawn++) {
      const block = this.#blocks[this.#drawn]
      if (block) block.text = ''
    }
  }

  /** Index of the item that is to be printed next: all behind it follow it by their ids. */
  #start(items: readonly Item[]): number {
    const last = items.at(-1)?.id ?? -1
    return Math.max(0, Math.min(items.length, items.length - 1 - (last - this.#next)))
  }

  /** A reply waits for the Markdown library, code for its colours, and what follows waits for them. */
  #end(items: readonly Item[]): number {
    for (let index = this.#start(items); index < items.length; index++) {
      const item = items[index]
      if (item?.kind === 'assistant' && (!this.lexer || this.#colours?.isAwaited(item))) return index
    }
    return items.length
  }

  #rows(items: readonly Item[], index: number, showReasoning: boolean): string[] {
    const item = items[index]
    if (!item) return []
    const width = Math.max(20, this.#width())
    const highlighter: Highlighter | undefined = this.#colours?.highlighter
    return itemRows(item, items[index - 1], {
      width,
      style: this.#look.style,
      showReasoning,
      lexer: this.lexer,
      highlighter,
      key: this.#key,
    })
  }
}
