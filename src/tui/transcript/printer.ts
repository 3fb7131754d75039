import type {Lexer} from '../text/lexer.js'
import type {Style} from '../text/style.js'
import {itemRows} from './draw-item.js'
import type {Item} from './items.js'

/** Items that were printed together, as one text for Ink. */
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
  lexer: Lexer | undefined

  /** `header`: is on the screen already; it is drawn again with the transcript. */
  constructor(options: {style: Style; width: () => number; header: string[]}) {
    this.#style = options.style
    this.#width = options.width
    this.#header = options.header
  }

  blocks(items: readonly Item[], showReasoning: boolean): readonly Block[] {
    const end = this.#end(items)
    if (end <= this.#printed) return this.#blocks
    const rows: string[] = []
    for (let index = this.#printed; index < end; index++) rows.push(...this.#rows(items, index, showReasoning))
    this.#printed = end
    this.#blocks = [...this.#blocks, {id: this.#blocks.length, text: rows.join('\n')}]
    return this.#blocks
  }

  /** The last `count` rows of the transcript in the width of now, to draw the screen again. */
  tail(items: readonly Item[], showReasoning: boolean, count: number): string[] {
    const rows: string[] = []
    for (let index = this.#printed - 1; index >= 0 && rows.length < count; index--) {
      rows.unshift(...this.#rows(items, index, showReasoning))
    }
    if (rows.length < count) rows.unshift(...this.#header)
    return rows.slice(-count)
  }

  /** A reply waits for the Markdown library, and what follows waits for the reply. */
  #end(items: readonly Item[]): number {
    if (this.lexer) return items.length
    const first = items.findIndex((item, index) => index >= this.#printed && item.kind === 'assistant')
    return first === -1 ? items.length : first
  }

  #rows(items: readonly Item[], index: number, showReasoning: boolean): string[] {
    const item = items[index]
    if (!item) return []
    const width = Math.max(20, this.#width())
    return itemRows(item, items[index - 1], {width, style: this.#style, showReasoning, lexer: this.lexer})
  }
}
