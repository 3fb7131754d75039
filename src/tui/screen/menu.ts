import type {Menu} from '../completion/menu.js'
import {oneLine} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {visibleLine} from '../text/visible.js'
import {textWidth, truncate, wrapText} from '../text/wrap.js'

/** Rows of the list, with what is said below it. */
export const MENU_ROWS = 8

/** Labels have at most this part of the width, so that there is room for what they mean. */
const LABEL_PART = {command: 0.4, argument: 0.6, path: 0.8} as const

/** What was cut of the chosen one stands below the list. */
const WHOLE_ROWS = 2

/** The list around the chosen one, in at most `room` rows; names of others are shown as what they are. */
export function menuRows(menu: Menu, {columns, style}: {columns: number; style: Style}, room: number): string[] {
  const {choices, selected, kind} = menu
  const current = choices[selected]
  const most = Math.max(1, Math.min(MENU_ROWS, room))
  const whole = current ? wholeRows(menu, columns, Math.min(WHOLE_ROWS, most - 2)) : []
  const footed = most >= 3 && choices.length > most - whole.length
  const shown = Math.max(1, most - whole.length - (footed ? 1 : 0))
  const first = Math.max(0, Math.min(choices.length - shown, selected - Math.floor(shown / 2)))
  const visible = choices.slice(first, first + shown)
  const widest = labelWidth(menu, columns)
  const rows = visible.map(({label, detail}, index) => {
    const own = truncate(written(label, kind), widest)
    const padded = own + ' '.repeat(Math.max(0, widest - textWidth(own)))
    const told = truncate(oneLine(detail, 400), Math.max(0, columns - widest - 4))
    const line = first + index === selected ? style.accent(`❯ ${padded}`) : `  ${padded}`
    return `${line}  ${style.dim(told)}`.trimEnd()
  })
  const enter = kind === 'path' ? 'Enter takes' : 'Enter runs'
  const foot = `  ${selected === -1 ? choices.length : `${selected + 1} of ${choices.length}`} · ↑↓ Tab · ${enter} · Esc`
  return [...rows, ...whole.map(style.dim), ...(footed ? [style.dim(truncate(foot, columns))] : [])]
}

/** What is a name to the machine is told apart from any that looks like it; a title is prose. */
function written(label: string, kind: Menu['kind']): string {
  return kind === 'argument' ? oneLine(label, 400) : visibleLine(label)
}

function labelWidth({choices, kind}: Menu, columns: number): number {
  const most = Math.max(8, Math.floor(columns * LABEL_PART[kind]) - 2)
  return Math.min(most, Math.max(0, ...choices.map(({label}) => textWidth(written(label, kind)))))
}

/** Of the chosen one, if its row can't hold it. */
function wholeRows(menu: Menu, columns: number, room: number): string[] {
  const choice = menu.choices[menu.selected]
  if (!choice || room < 1) return []
  const widest = labelWidth(menu, columns)
  const label = written(choice.label, menu.kind)
  const detail = oneLine(choice.detail, 400)
  const parts = [
    ...(textWidth(label) > widest ? [label] : []),
    ...(textWidth(detail) > columns - widest - 4 ? [detail] : []),
  ]
  if (parts.length === 0) return []
  const rows = wrapText(parts.join(' · '), columns, {first: '  ', rest: '  '})
  return rows.length > room ? [...rows.slice(0, room - 1), truncate(`${rows[room - 1] ?? ''}…`, columns)] : rows
}
