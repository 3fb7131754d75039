import type {Tokens} from 'marked'
import type {Paint, Style} from '../style.js'
import {address, type Span, stripSgr, textWidth, wrapSpans} from '../wrap.js'
import {inlineSpans, plainText} from './inline.js'

/** No column is narrower, unless nothing in it is wider: words of this length are whole. */
const NARROWEST = 6

const GAP = 3

/** A table with its columns side by side, cells in rows of their own where they need more than one. */
export function tableRows({header, rows, align}: Tokens.Table, width: number, style: Style): string[] {
  const paints = [style.bold]
  const head = header.map((cell) => inlineSpans(cell.tokens, style, paints))
  const body = rows.map((row) => row.map((cell) => inlineSpans(cell.tokens, style)))
  const cells = (column: number) => [head, ...body].map((row) => plainText(row[column] ?? []))
  const natural = head.map((_, column) => widest(cells(column).flatMap((cell) => cell.split('\n'))))
  const least = natural.map((most, column) => Math.max(Math.min(most, NARROWEST), widest(addresses(cells(column)))))
  const columns = fitted(natural, least, width - GAP * (natural.length - 1))
  if (!columns) return listed(head, body, width)
  const drawn = [head, ...body].map((row) => cellRows(row, columns, align, style))
  const rule = style.mark(columns.map((column) => '─'.repeat(column)).join('─┼─'))
  // Where a cell takes more than a row, lines tell the rows of the table apart.
  const apart = drawn.slice(1).some((lines) => lines.length > 1)
  const thin = style.mark(columns.map((column) => '┈'.repeat(column)).join('┈┼┈'))
  return drawn.flatMap((lines, index) => {
    if (index === 0) return [...lines, rule]
    return apart && index < drawn.length - 1 ? [...lines, thin] : lines
  })
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 1)
}

function addresses(cells: readonly string[]): string[] {
  return cells.flatMap((cell) => (cell.includes('://') ? cell.split(/\s+/).filter((word) => address.test(word)) : []))
}

/** As wide as there is room; undefined where there is too little for what each needs at least. */
function fitted(natural: readonly number[], least: readonly number[], room: number): number[] | undefined {
  const limited = (limit: number) => natural.map((most, column) => Math.max(least[column] ?? 0, Math.min(most, limit)))
  const total = (limit: number) => limited(limit).reduce((sum, column) => sum + column, 0)
  if (total(0) > room) return undefined
  // The widest give first.
  let [low, high] = [0, Math.max(...natural)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (total(middle) <= room) low = middle
    else high = middle - 1
  }
  let spare = room - total(low)
  return limited(low).map((column, index) => {
    const more = column < (natural[index] ?? 0) && spare > 0 ? 1 : 0
    spare -= more
    return column + more
  })
}

function cellRows(
  cells: readonly (readonly Span[])[],
  columns: readonly number[],
  align: Tokens.Table['align'],
  style: Style,
): string[] {
  const wrapped = columns.map((column, index) => wrapSpans(cells[index] ?? [], column).map((row) => row.trimEnd()))
  const height = Math.max(1, ...wrapped.map((rows) => rows.length))
  return Array.from({length: height}, (_, line) => {
    const parts = columns.map((column, index) => {
      const row = wrapped[index]?.[line] ?? ''
      const blank = Math.max(0, column - textWidth(stripSgr(row)))
      const how = align[index]
      const left = how === 'right' ? blank : how === 'center' ? Math.floor(blank / 2) : 0
      return ' '.repeat(left) + row + ' '.repeat(blank - left)
    })
    const last = parts.pop()?.trimEnd() ?? ''
    const others = parts.join(style.mark(' │ '))
    if (parts.length === 0) return last
    // No blank is at the end of a row, painted or not: whoever copies it would have it.
    return last === '' ? others + style.mark(' │') : others + style.mark(' │ ') + last
  })
}

/** Each row as a list of its cells: for more columns than the screen has room for. */
function listed(head: readonly Span[][], body: readonly Span[][][], width: number): string[] {
  return body.flatMap((row, index) => [
    ...(index > 0 ? [''] : []),
    ...row.flatMap((cell, column) => {
      const name = [...(head[column] ?? []), {text: ': ', ...paintOf(head[column])}]
      return wrapSpans([...name, ...cell], width, {rest: '  ', wholeAddresses: true})
    }),
  ])
}

function paintOf(spans: readonly Span[] | undefined): {paint?: Paint} {
  const paint = spans?.[0]?.paint
  return paint ? {paint} : {}
}
