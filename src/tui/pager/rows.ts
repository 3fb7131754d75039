import {graphemes, graphemeWidth, textWidth} from '../text/width.js'

/** A row of the screen: a part of a line. */
export interface PagerRow {
  line: number
  /** In code units. */
  start: number
  end: number
}

/**
 * The lines in rows of at most `width` columns, a row of each line at least. Code and output are cut anywhere, `prose`
 * behind a blank where there is one.
 */
export function rowsOf(lines: readonly {text: string}[], width: number, prose = false): PagerRow[] {
  const rows: PagerRow[] = []
  for (const [line, {text}] of lines.entries()) {
    if (text.length <= width && textWidth(text) <= width) rows.push({line, start: 0, end: text.length})
    else addRows(rows, line, text, width, prose)
  }
  return rows
}

function addRows(rows: PagerRow[], line: number, text: string, width: number, prose: boolean): void {
  let start = 0
  let end = 0
  let used = 0
  /** Where a row may end, and how wide what follows it is by now. */
  let cut = 0
  let behind = 0
  for (const grapheme of graphemes(text)) {
    const wide = graphemeWidth(grapheme)
    // Twice, where what follows the blank leaves no room either.
    while (used + wide > width && end > start) {
      const at = prose && cut > start ? cut : end
      rows.push({line, start, end: at})
      start = at
      used = at === end ? 0 : behind
      behind = used
    }
    end += grapheme.length
    used += wide
    behind += wide
    if (grapheme === ' ') {
      cut = end
      behind = 0
    }
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
