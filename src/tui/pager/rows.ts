import {graphemes, graphemeWidth, textWidth} from '../text/width.js'

/** A row of the screen: a part of a line. */
export interface PagerRow {
  line: number
  /** In code units. */
  start: number
  end: number
}

/** The lines in rows of at most `width` columns, cut anywhere: what is paged is code and output. A row of each line at least. */
export function rowsOf(lines: readonly {text: string}[], width: number): PagerRow[] {
  const rows: PagerRow[] = []
  for (const [line, {text}] of lines.entries()) {
    if (text.length <= width && textWidth(text) <= width) rows.push({line, start: 0, end: text.length})
    else addRows(rows, line, text, width)
  }
  return rows
}

function addRows(rows: PagerRow[], line: number, text: string, width: number): void {
  let start = 0
  let end = 0
  let used = 0
  for (const grapheme of graphemes(text)) {
    const wide = graphemeWidth(grapheme)
    if (used + wide > width && end > start) {
      rows.push({line, start, end})
      start = end
      used = 0
    }
    end += grapheme.length
    used += wide
  }
  rows.push({line, start, end})
}

/** The row in which a place of a line is: the last one that begins at it or before it. */
export function rowAt(rows: readonly PagerRow[], line: number, offset: number): number {
  let low = 0
  let high = rows.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const row = rows[middle]
    if (row && (row.line < line || (row.line === line && row.start <= offset))) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}
