import {starting} from '../state/status/starting.js'
import type {Style} from '../text/style.js'
import {ASK_ANYTHING, composerPart, edgeRow} from './composer-part.js'
import type {LiveScreen} from './part.js'
import {poorScreen} from './poor-screen.js'
import {shellHintRows} from './shell-hint.js'
import {drawnColumns, drawnRows, roomBelow} from './size.js'
import {folderPart, statusRow} from './status-row.js'

export interface FirstScreenOptions {
  /** What was typed so far; the cursor stands behind it. */
  typed: string
  /** Undefined until it is known. */
  cwd: string | undefined
  columns: number
  rows: number
  style: Style
}

/**
 * The live part of a chat that has only begun, of the parts that the whole one is made of: composer and status line. It
 * knows no state of a session: what it imports is loaded before anything is on the screen.
 */
export function firstScreen(options: FirstScreenOptions): LiveScreen {
  try {
    return drawn(options)
  } catch (error) {
    return poorScreen(options.typed, options.columns, error)
  }
}

function drawn({typed, cwd, rows, style, ...options}: FirstScreenOptions): LiveScreen {
  const sized = {columns: drawnColumns(options.columns), style}
  const height = drawnRows(rows)
  const draft = {text: typed, cursor: typed.length, placeholder: ASK_ANYTHING}
  const input = composerPart(draft, sized, height - 1)
  const below = roomBelow(height, input.rows.length) > 0 ? shellHintRows(typed, sized) : []
  const status = statusRow(starting, cwd ? [folderPart(cwd)] : [], {...sized, tick: 0})
  const cursor = input.cursor && {x: input.cursor.x, y: 1 + input.cursor.y}
  return {rows: [edgeRow(sized), ...input.rows, ...below, status], cursor}
}
