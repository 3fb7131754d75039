import type {Paint} from './style.js'
import {expandTabs, graphemes, graphemeWidth, textWidth} from './width.js'

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
  /** An address that is longer than a row gets one of its own, which the terminal breaks: whoever copies it has it whole. */
  wholeAddresses?: boolean
}

/** Characters of scripts without blanks between words: a row may end behind each, but not before a closing sign. */
const units =
  /[「『（〈《【〔［｛]*[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60][、。，．・：；？！」』）〉》】〕］｝ー…々]*|[^\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]+/g
const unspaced = /[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]/

/**
 * Rows of at most `width` columns, styled. `\n` starts a new row; a tab goes to the next of its stops. A word may have
 * several styles: it is broken only where it is longer than a row. Long addresses: see {@link WrapOptions}.
 */
export function wrapSpans(spans: readonly Span[], width: number, options: WrapOptions = {}): string[] {
  const rest = options.rest ?? ''
  const rows: string[] = []
  let row = options.first ?? ''
  let column = textWidth(stripSgr(row))
  const restWidth = textWidth(stripSgr(rest))
  let indent = column
  let filled = false
  /** The word that is being gathered, in its styles. */
  let word: Span[] = []
  let wordWidth = 0
  const breakRow = () => {
    rows.push(row)
    row = rest
    column = restWidth
    indent = restWidth
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
  const putWord = () => {
    if (word.length === 0) return
    const whole = wordWidth > width - restWidth && options.wholeAddresses === true && isAddress(word)
    if (column + wordWidth > width && (wordWidth <= width - restWidth || whole) && filled) breakRow()
    const fits = column + wordWidth <= width
    for (const {text, paint} of word) {
      if (fits || whole) put(text, textWidth(text), paint)
      else putHard(text, paint)
    }
    word = []
    wordWidth = 0
  }
  const gather = (text: string, paint: Paint | undefined) => {
    word.push(paint ? {text, paint} : {text})
    wordWidth += textWidth(text)
  }
  for (const {text, paint} of spans) {
    const lines = text.split('\n')
    for (const [index, raw] of lines.entries()) {
      if (index > 0) {
        putWord()
        breakRow()
      }
      const line = expandTabs(raw, column - indent + wordWidth)
      if (options.hard) {
        putHard(line, paint)
        continue
      }
      for (const part of line.match(/\s+|\S+/g) ?? []) {
        if (/^\s/.test(part)) {
          putWord()
          const wide = textWidth(part)
          if (column + wide <= width) put(part, wide, paint)
          else breakRowUnless(part)
        } else if (!unspaced.test(part)) gather(part, paint)
        else {
          for (const unit of part.match(units) ?? []) {
            if (unspaced.test(unit) || word.length === 0) putWord()
            gather(unit, paint)
            if (unspaced.test(unit)) putWord()
          }
        }
      }
    }
  }
  putWord()
  rows.push(row)
  return rows

  // Spaces that do not fit end the row; at its start they are indentation and are cut to the width.
  function breakRowUnless(spaces: string): void {
    if (filled) breakRow()
    else putHard(spaces.slice(0, Math.max(0, width - column)), undefined)
  }
}

function isAddress(word: readonly Span[]): boolean {
  return address.test(word.map(({text}) => text).join(''))
}

/** In a word, behind a bracket too. */
export const address = /[a-z][a-z0-9+.-]{1,15}:\/\/[^\s]{3}/i

export function wrapText(text: string, width: number, options?: WrapOptions): string[] {
  return wrapSpans([{text}], width, options)
}

/* biome-ignore-start lint/suspicious/noControlCharactersInRegex: what we put around text starts with ESC. */
const sequences = /\x1b(?:\[(?:[0-9;:]*m|K)|\]8;[^;\x07\x1b]*;[^\x07\x1b]*\x1b\\)/g
const ends = /^\x1b\[(?:0|2[2-9]|39|49)?m$/
const sequenceOrText = /\x1b(?:\[(?:[0-9;:]*m|K)|\]8;[^;\x07\x1b]*;[^\x07\x1b]*\x1b\\)|[^\x1b]+|\x1b/g
/* biome-ignore-end lint/suspicious/noControlCharactersInRegex: end of the block. */

/** Without colours, weights, links and the fill of a row. */
export function stripSgr(text: string): string {
  return text.includes('\x1b') ? text.replace(sequences, '') : text
}

/** Rows as a terminal breaks them that are wider than it. */
export function softWrapped(rows: readonly string[], width: number): string[] {
  return rows.flatMap((row) =>
    row.length * 2 > width && textWidth(stripSgr(row)) > width ? brokenRow(row, width) : [row],
  )
}

function brokenRow(row: string, width: number): string[] {
  const spans: Span[] = []
  let open: string[] = []
  for (const [part] of row.matchAll(sequenceOrText)) {
    if (part.startsWith('\x1b]')) continue
    if (part.startsWith('\x1b')) open = ends.test(part) ? closed(open, part) : [...open, part]
    else {
      const before = open.join('')
      spans.push(before === '' ? {text: part} : {text: part, paint: (text) => `${before}${text}\x1b[0m`})
    }
  }
  return wrapSpans(spans, width, {hard: true})
}

/** What is open still behind the end of a colour or weight. */
function closed(open: readonly string[], end: string): string[] {
  const code = Number(/\d+/.exec(end)?.[0] ?? 0)
  if (code === 0) return []
  const ends = (start: string) => {
    const opened = Number(/\d+/.exec(start)?.[0] ?? 0)
    if (code === 22) return opened === 1 || opened === 2
    if (code === 39) return (opened >= 30 && opened < 39) || (opened >= 90 && opened < 98)
    return code === 49 ? (opened >= 40 && opened < 49) || opened >= 100 : opened === code - 20
  }
  return open.filter((start) => !ends(start))
}
