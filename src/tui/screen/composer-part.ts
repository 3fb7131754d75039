import {composerWindow} from '../composer/layout.js'
import {shortCount} from '../text/amounts.js'
import type {Style} from '../text/style.js'
import {truncate} from '../text/wrap.js'
import type {Part} from './part.js'

const COMPOSER_ROWS = 10

/** In an empty draft, where nothing else is to be said. */
export const ASK_ANYTHING = 'Ask anything · /help'

/** The draft, in half of the `room` at most. */
export function composerPart(
  {text, cursor, placeholder}: {text: string; cursor: number; placeholder: string},
  {columns, style}: {columns: number; style: Style},
  room: number,
): Part {
  const height = Math.max(1, Math.min(COMPOSER_ROWS, Math.floor(room / 2)))
  const window = composerWindow(text, cursor, columns - 2, height)
  const hidden = window.above + window.below
  const head = hidden > 0 ? [style.dim(truncate(draftSize(text, window.above, window.below), columns))] : []
  const rows = window.rows.map((row, index) => `${index === 0 && window.above === 0 ? style.accent('› ') : '  '}${row}`)
  if (text === '') rows[0] = `${style.accent('› ')}${style.dim(truncate(placeholder, columns - 2))}`
  return {rows: [...head, ...rows], cursor: {x: 2 + window.cursor.column, y: head.length + window.cursor.row}}
}

/** Where what can be typed begins. */
export function edgeRow({columns, style}: {columns: number; style: Style}): string {
  return style.edge('─'.repeat(columns))
}

function draftSize(text: string, above: number, below: number): string {
  const lines = text.split('\n').length
  const where = [above ? `${above} rows above` : '', below ? `${below} below` : ''].filter(Boolean).join(', ')
  return `[${lines} lines, ${shortCount(text.length)} characters · ${where}]`
}
