import type {Paint} from './style.js'
import {graphemes, graphemeWidth, textWidth} from './width.js'

export {graphemes, textWidth}

/** A run of text in one style. */
export interface Span {
  text: string
  paint?: Paint
}

/** Cut to `width` columns, with `…` where something is missing. */
export function truncate(text: string, width: number): string {
  if (width <= 0) return ''
  if (textWidth(text) <= width) return text
  let used = 0
  let kept = ''
  for (const grapheme of graphemes(text)) {
    const next = graphemeWidth(grapheme)
    if (used + next > width - 1) break
    kept += grapheme
    used += next
  }
  return `${kept}…`
}

export interface WrapOptions {
  /** Put before the first row and before the rest; both count towards the width. */
  first?: string
  rest?: string
  /** Break anywhere instead of between words; for code. */
  hard?: boolean
}

/** Rows of at most `width` columns, styled. `\n` starts a new row; a tab counts as four spaces. */
export function wrapSpans(spans: readonly Span[], width: number, options: WrapOptions = {}): string[] {
  const rest = options.rest ?? ''
  const rows: string[] = []
  let row = options.first ?? ''
  let column = textWidth(stripSgr(row))
  const restWidth = textWidth(stripSgr(rest))
  let filled = false
  const breakRow = () => {
    rows.push(row)
    row = rest
    column = restWidth
    filled = false
  }
  const put = (text: string, wide: number, paint: Paint | undefined) => {
    row += paint ? paint(text) : text
    column += wide
    filled = true
  }
  const putHard = (text: string, paint: Paint | undefined) => {
    let start = 0
    let end = 0
    let wide = 0
    for (const grapheme of graphemes(text)) {
      const next = graphemeWidth(grapheme)
      if (column + wide + next > width && (filled || wide > 0)) {
        if (wide > 0) put(text.slice(start, end), wide, paint)
        breakRow()
        start = end
        wide = 0
      }
      end += grapheme.length
      wide += next
    }
    if (end > start) put(text.slice(start, end), wide, paint)
  }
  for (const {text, paint} of spans) {
    const lines = text.replace(/\t/g, '    ').split('\n')
    for (const [index, line] of lines.entries()) {
      if (index > 0) breakRow()
      if (options.hard) {
        putHard(line, paint)
        continue
      }
      for (const word of line.match(/\s+|\S+/g) ?? []) {
        const wide = textWidth(word)
        if (column + wide <= width) put(word, wide, paint)
        else if (/^\s/.test(word)) breakRowUnless(word)
        else if (wide <= width - restWidth && filled) {
          breakRow()
          put(word, wide, paint)
        } else putHard(word, paint)
      }
    }
  }
  rows.push(row)
  return rows

  // Spaces that do not fit end the row; at its start they are indentation and are cut to the width.
  function breakRowUnless(spaces: string): void {
    if (filled) breakRow()
    else putHard(spaces.slice(0, Math.max(0, width - column)), undefined)
  }
}

export function wrapText(text: string, width: number, options?: WrapOptions): string[] {
  return wrapSpans([{text}], width, options)
}

/** Without colours and weights. */
export function stripSgr(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC.
  return text.includes('\x1b') ? text.replace(/\x1b\[[0-9;:]*m/g, '') : text
}
