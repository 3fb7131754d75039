import type {Tokens} from 'marked'
import type {Paint, Style} from '../style.js'
import {type Span, stripSgr, textWidth, wrapSpans} from '../wrap.js'
import {inlineSpans} from './inline.js'

/** No column is narrower, unless nothing in it is wider: words of this length are whole. */
const NARROWEST = 6

const GAP = 3

/** A table with its columns side by side, cells in rows of their own where they need more than one. */
export function tableRows({header, rows, align}: Tokens.Table, width: number, style: Style): string[] {
  const paints = [style.bold]
  const head = header.map((cell) => inlineSpans(cell.tokens, style, paints))
  const body = rows.map((row) => row.map((cell) => inlineSpans(cell.tokens, style)))
  const natural = head.map((_, column) => Math.max(1, ...[head, ...body].map((row) => widest(row[column] ?? [], '\n'))))
  const columns = fitted(natural, width - GAP * (natural.length - 1))
  if (!columns) return listed(head, body, width)
  const bar = style.mark(' │ ')
  const drawn = [head, ...body].map((row) => cellRows(row, columns, align, bar))
  const rule = style.mark(columns.map((column) => '─'.repeat(column)).join('─┼─'))
  // Where a cell takes more than a row, lines tell the rows of the table apart.
  const apart = drawn.slice(1).some((lines) => lines.length > 1)
  const thin = style.mark(columns.map((column) => '┈'.repeat(column)).join('┈┼┈'))
  return drawn.flatMap((lines, index) => {
    if (index === 0) return [...lines, rule]
    return apart && index < drawn.length - 1 ? [...lines, thin] : lines
  })
}

/** The widest line or word of a cell. */
function widest(cell: readonly Span[], separator: string | RegExp): number {
  const text = cell.map((span) => span.text).join('')
  return text.split(separator).reduce((most, part) => Math.max(most, textWidth(part)), 0)
}

/** As wide as there is room; undefined where there is too little for each. */
function fitted(natural: readonly number[], room: number): number[] | undefined {
  const least = natural.map((column) => Math.min(column, NARROWEST))
  if (least.reduce((sum, column) => sum + column, 0) > room) return undefined
  // The widest give first.
  let [low, high] = [NARROWEST, Math.max(...natural)]
  const total = (limit: number) => natural.reduce((sum, column) => sum + Math.min(column, limit), 0)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (total(middle) <= room) low = middle
    else high = middle - 1
  }
  let spare = room - total(low)
  return natural.map((column) => {
    const more = column > low && spare > 0 ? 1 : 0
    spare -= more
    return Math.min(column, low) + more
  })
}

function cellRows(
  cells: readonly (readonly Span[])[],
  columns: readonly number[],
  align: Tokens.Table['align'],
  bar: string,
): string[] {
  const wrapped = columns.map((column, index) => wrapSpans(cells[index] ?? [], column).map((row) => trimmed(row)))
  const height = Math.max(1, ...wrapped.map((rows) => rows.length))
  return Array.from({length: height}, (_, line) =>
    columns
      .map((column, index) => {
        const row = wrapped[index]?.[line] ?? ''
        const blank = Math.max(0, column - textWidth(stripSgr(row)))
        const how = align[index]
        const left = how === 'right' ? blank : how === 'center' ? Math.floor(blank / 2) : 0
        return ' '.repeat(left) + row + ' '.repeat(blank - left)
      })
      .join(bar)
      .trimEnd(),
  )
}

/** Without the blanks at its end, where it is not painted. */
function trimmed(row: string): string {
  return row.trimEnd()
}

/** Each row as a list of its cells: for more columns than the screen has room for. */
function listed(head: readonly Span[][], body: readonly Span[][][], width: number): string[] {
  return body.flatMap((row, index) => [
    ...(index > 0 ? [''] : []),
    ...row.flatMap((cell, column) => {
      const name = [...(head[column] ?? []), {text: ': ', ...paintOf(head[column])}]
      return wrapSpans([...name, ...cell], width, {rest: '  '})
    }),
  ])
}

function paintOf(spans: readonly Span[] | undefined): {paint?: Paint} {
  const paint = spans?.[0]?.paint
  return paint ? {paint} : {}
}
