import {messageOf} from '../../errors.js'
import {oneLine} from '../text/sanitize.js'
import {truncate} from '../text/wrap.js'
import type {LiveScreen} from './part.js'
import {drawnColumns} from './size.js'

/** Where a part of the screen can't be drawn: the draft, and that. What is asked is not shown, so no key answers it. */
export function poorScreen(draft: string, columns: number, error: unknown): LiveScreen {
  const width = drawnColumns(columns)
  const text = oneLine(draft.slice(-width), width)
  const rows = [`! the screen cannot be drawn: ${oneLine(messageOf(error), 200)}`, `› ${text}`, 'Ctrl+C twice leaves']
  return {rows: rows.map((row) => truncate(row, width)), cursor: undefined}
}
