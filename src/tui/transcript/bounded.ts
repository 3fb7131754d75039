import {TooMuch} from '../text/lexer.js'
import {sanitize} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {truncate, wrapText} from '../text/wrap.js'
import type {Item} from './items.js'

/** Of one item at most so much is shown: a text of 64 000 characters is cleaned and wrapped in 20 ms. */
const MAX_CHARACTERS = 64_000
const MAX_ROWS = 4000

export interface BoundedOptions {
  width: number
  style: Style
}

/**
 * The boundary of the transcript: whatever an item holds, it becomes rows, so many and in such a time that the screen
 * can bear it. What can't be drawn is shown as plain text with a line that says so.
 */
export function boundedRows(item: Item, draw: (item: Item) => string[], {width, style}: BoundedOptions): string[] {
  const {shown, hidden} = shortened(item)
  const note = (text: string) => style.dim(truncate(text, width))
  let rows: string[]
  try {
    rows = draw(shown)
  } catch (error) {
    const why = error instanceof TooMuch || error instanceof Error ? error.message : String(error)
    rows = [note(`· shown as plain text: ${sanitize(why.slice(0, 200))}`), ...plainRows(shown, width)]
  }
  const more = rows.length - MAX_ROWS
  if (more > 0) rows = [...rows.slice(0, MAX_ROWS), note(`… ${more} more rows are not shown`)]
  return hidden > 0 ? [...rows, note(`… ${hidden} more characters are not shown`)] : rows
}

/** Pieces of replies come in bounded length. */
function shortened(item: Item): {shown: Item; hidden: number} {
  if (item.kind === 'interrupted' || item.kind === 'tool') return {shown: item, hidden: 0}
  const whole = item.kind === 'user' ? (item.folded ?? item.text) : item.text
  if (whole.length <= MAX_CHARACTERS) return {shown: item, hidden: 0}
  const text = whole.slice(0, MAX_CHARACTERS)
  const shown =
    item.kind === 'user'
      ? {kind: item.kind, id: item.id, text, ...(item.steers && {steers: item.steers})}
      : {...item, text}
  return {shown, hidden: whole.length - text.length}
}

function plainRows(item: Item, width: number): string[] {
  const text = 'text' in item ? item.text : item.kind === 'tool' ? item.tool.name : item.kind
  try {
    return wrapText(sanitize(text).trim(), width)
  } catch {
    return ['(this cannot be shown)']
  }
}
