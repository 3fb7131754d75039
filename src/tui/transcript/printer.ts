import type {Highlighter} from '../text/highlight/highlighter.js'
import type {Lexer} from '../text/lexer.js'
import {sanitize} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {softWrapped, stripSgr} from '../text/wrap.js'
import type {CodeColours} from './code-colours.js'
import {itemRows} from './draw-item.js'
import type {Item} from './items.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be printed.
const controls = /[\x00-\x1f\x7f-\x9f]/

/** So much of what waits is printed at once, characters: keys are heard between two parts of a long transcript. */
const PART = 16_000

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
  readonly #style: Style
  readonly #width: () => number
  readonly #header: string[]
  #blocks: readonly Block[] = []
  #printed = 0
  #drawn = 0
  readonly #colours: CodeColours | undefined
  lexer: Lexer | undefined

  /** `header`: is on the screen already; it is drawn again with the transcript. `colours`: of code; default none. */
  constructor(options: {style: Style; width: () => number; header: string[]; colours?: CodeColours}) {
    this.#style = options.style
    this.#width = options.width
    this.#header = options.header
    this.#colours = options.colours
  }

  /** More is to be printed than the last block took. */
  behind(items: readonly Item[]): boolean {
    return this.#end(items) > this.#printed
  }

  blocks(items: readonly Item[], showReasoning: boolean): readonly Block[] {
    const end = this.#end(items)
    if (end <= this.#printed) return this.#blocks
    const rows: string[] = []
    let characters = 0
    while (this.#printed < end && characters < PART) {
      rows.push(...this.#rows(items, this.#printed, showReasoning).map(printable))
      characters += sizeOf(items[this.#printed])
      this.#printed++
    }
    this.#blocks = [...this.#blocks, {id: this.#blocks.length, text: rows.join('\n')}]
    return this.#blocks
  }

  /** Blocks up to the last one are drawn: their texts are not held any longer. */
  drawn(): void {
    for (; this.#drawn < this.#blocks.length; this.#drawn++) {
      const block = this.#blocks[this.#drawn]
      if (block) block.text = ''
    }
  }

  /** The last `count` rows of the transcript in the width of now, to draw the screen again. */
  tail(items: readonly Item[], showReasoning: boolean, count: number): string[] {
    const rows: string[] = []
    for (let index = this.#printed - 1; index >= 0 && rows.length < count; index--) {
      rows.unshift(...softWrapped(this.#rows(items, index, showReasoning), Math.max(20, this.#width())))
    }
    if (rows.length < count) rows.unshift(...this.#header)
    return rows.slice(-count)
  }

  /** A reply waits for the Markdown library, code for its colours, and what follows waits for them. */
  #end(items: readonly Item[]): number {
    for (let index = this.#printed; index < items.length; index++) {
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
    return itemRows(item, items[index - 1], {width, style: this.#style, showReasoning, lexer: this.lexer, highlighter})
  }
}

function sizeOf(item: Item | undefined): number {
  return item && 'text' in item ? item.text.length : 1000
}

/** What is printed goes to the terminal as it is: no control but of colours, and nothing behind its end. */
function printable(row: string): string {
  const plain = row.includes('\t') ? row.replaceAll('\t', '    ') : row
  return (controls.test(plain.includes('\x1b') ? stripSgr(plain) : plain) ? sanitize(plain) : plain).trimEnd()
}
