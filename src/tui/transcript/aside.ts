import type {KeyNames} from '../../keys/text.js'
import type {Style} from '../text/style.js'
import {truncate} from '../text/wrap.js'
import {itemRows} from './draw-item.js'
import type {Item, ItemBody} from './items.js'

interface Drawn {
  columns: number
  style: Style
  rows: string[]
}

/** It is drawn for every frame of a reply, and a long text takes 20 ms. */
const drawn = new WeakMap<readonly ItemBody[], Drawn>()

/** What commands said while a reply is written, in at most `room` rows: all of it is printed below the reply. */
export function asideRows(
  later: readonly ItemBody[],
  columns: number,
  {style, key}: {style: Style; key?: KeyNames},
  room: number,
): string[] {
  if (later.length === 0 || room <= 0) return []
  const before = drawn.get(later)
  const known = before?.columns === columns && before.style === style
  const rows = known ? before.rows : rowsOf(later, columns, {style, key})
  if (!known) drawn.set(later, {columns, style, rows})
  if (rows.length <= room) return rows
  const note = `  … ${rows.length - room + 1} more rows, below the reply`
  return [...rows.slice(0, room - 1), style.dim(truncate(note, columns))]
}

function rowsOf(later: readonly ItemBody[], width: number, look: {style: Style; key: KeyNames | undefined}): string[] {
  const items = later.map((body, id): Item => ({...body, id}))
  const options = {...look, width, showReasoning: true, lexer: undefined}
  return items.flatMap((item, index) => itemRows(item, items[index - 1], options))
}
