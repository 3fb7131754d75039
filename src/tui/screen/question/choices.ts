import type {Choice} from '../../state/question.js'
import type {Style} from '../../text/style.js'
import {visibleLine} from '../../text/visible.js'
import {truncate, wrapText} from '../../text/wrap.js'

export interface ChoicesOptions {
  columns: number
  style: Style
  selected: number | undefined
  /** A key would count now. */
  armed: boolean
  room: number
}

/** Narrower than this, labels are short. */
const NARROW = 60

/** All choices with what they cover, in full where there is room, else a row each: the one that is picked in full. */
export function choiceRows(choices: readonly Choice[], options: ChoicesOptions): string[] {
  const {columns, style, selected, armed, room} = options
  const texts = choices.map(({label, short, covers}, index) => {
    const name = visibleLine(columns < NARROW ? short : label)
    return `${index + 1} ${name}${covers === undefined ? '' : `: ${visibleLine(covers)}`}`
  })
  const full = texts.map((text, index) =>
    wrapText(text, columns, {first: index === selected ? '❯ ' : '  ', rest: '    '}),
  )
  const cut = texts.map((text, index) => [`${index === selected ? '❯' : ' '} ${truncate(text, columns - 2)}`])
  const size = (rows: readonly string[][]) => rows.reduce((sum, each) => sum + each.length, 0)
  const picked = cut.map((rows, index) => (index === selected ? (full[index] ?? rows) : rows))
  const chosen = [full, picked].find((rows) => size(rows) <= room) ?? cut
  const paint = (row: string, index: number) =>
    !armed
      ? style.dim(row)
      : index === selected
        ? style.bold(style.accent(row))
        : row.replace(/^ {2}(\d+)/, (_, digit) => `  ${style.accent(digit)}`)
  const first = Math.max(0, Math.min(choices.length - room, (selected ?? 0) - Math.floor(room / 2)))
  const shown = size(chosen) <= room ? chosen : chosen.slice(first, first + room)
  const offset = shown === chosen ? 0 : first
  return shown.flatMap((rows, index) => rows.map((row) => paint(row, offset + index)))
}
