import {graphemes, textWidth} from '../text/wrap.js'

/** One screen row of the composer: the part of the text from `start` to `end` (UTF-16). */
export interface ComposerRow {
  start: number
  end: number
  /** False where the next row goes on with the same line of text. */
  lineEnd: boolean
}

export interface ComposerWindow {
  rows: string[]
  /** Where the cursor is drawn, from the top left of `rows`. */
  cursor: {row: number; column: number}
  /** Rows above and below that are not shown. */
  above: number
  below: number
}

/** Soft-wrapped rows of at most `width` columns. A cursor at the end of a full row needs a row of its own. */
export function composerRows(text: string, width: number): ComposerRow[] {
  const rows: ComposerRow[] = []
  let offset = 0
  for (const line of text.split('\n')) {
    let start = offset
    let at = offset
    let used = 0
    for (const grapheme of graphemes(line)) {
      const wide = cellWidth(grapheme)
      if (used + wide > width && at > start) {
        rows.push({start, end: at, lineEnd: false})
        start = at
        used = 0
      }
      at += grapheme.length
      used += wide
    }
    if (used >= width && at > start) {
      rows.push({start, end: at, lineEnd: false})
      start = at
    }
    rows.push({start, end: at, lineEnd: true})
    offset = at + 1
  }
  return rows
}

/** What one grapheme of a draft looks like on screen: a draft may hold pasted control characters. */
function visible(grapheme: string): string {
  if (grapheme === '\t') return '    '
  const code = grapheme.codePointAt(0) ?? 0
  if (code < 0x20) return `^${String.fromCharCode(code + 64)}`
  if ((code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000)) return '�'
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0x200e || code === 0x200f)
    return `<U+${code.toString(16)}>`
  return grapheme
}

function cellWidth(grapheme: string): number {
  return textWidth(visible(grapheme))
}

function shown(text: string): string {
  return graphemes(text).map(visible).join('')
}

export function cursorRow(rows: readonly ComposerRow[], cursor: number): number {
  const row = rows.findIndex(({start, end, lineEnd}) => cursor >= start && (cursor < end || (lineEnd && cursor <= end)))
  return row === -1 ? rows.length - 1 : row
}

/** The rows to draw: at most `height`, around the cursor. */
export function composerWindow(text: string, cursor: number, width: number, height: number): ComposerWindow {
  const rows = composerRows(text, width)
  const at = cursorRow(rows, cursor)
  const first = Math.max(0, Math.min(rows.length - height, at - Math.floor(height / 2)))
  const taken = rows.slice(first, first + height)
  const row = rows[at]
  return {
    rows: taken.map(({start, end}) => shown(text.slice(start, end))),
    cursor: {row: at - first, column: row ? textWidth(shown(text.slice(row.start, cursor))) : 0},
    above: first,
    below: rows.length - first - taken.length,
  }
}

/** The offset one row up or down in the same column; undefined at the first or last row. */
export function moveByRow(text: string, cursor: number, width: number, delta: -1 | 1): number | undefined {
  const rows = composerRows(text, width)
  const at = cursorRow(rows, cursor)
  const from = rows[at]
  const target = rows[at + delta]
  if (!from || !target) return undefined
  const column = textWidth(shown(text.slice(from.start, cursor)))
  let offset = target.start
  let used = 0
  const parts = graphemes(text.slice(target.start, target.end))
  for (const grapheme of parts) {
    const wide = cellWidth(grapheme)
    if (used + wide > column) break
    // On a row that goes on, the offset after its last grapheme belongs to the next row.
    if (!target.lineEnd && offset + grapheme.length >= target.end) break
    offset += grapheme.length
    used += wide
  }
  return offset
}
