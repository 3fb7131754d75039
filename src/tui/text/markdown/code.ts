import {insideAfter} from '../blocks/inside.js'
import {CODE_LINES, CODE_PART} from '../blocks/split.js'
import type {Highlighter} from '../highlight/highlighter.js'
import {grammarOf} from '../highlight/languages.js'
import type {CodeStyle, Style} from '../style.js'
import {expandTabs} from '../width.js'

export interface CodeDrawing {
  style: Style
  /** Undefined where it is not loaded: code has one colour then. */
  highlighter: Highlighter | undefined
}

/** A line that is longer is data, and is not coloured. */
const LONGEST_COLOURED = 1000

/** The line above a code block. */
export function codeHead(language: string, {code}: Style): string {
  return code.head(language === '' ? '──' : `── ${language}`)
}

/**
 * Lines of code as they are: whoever copies them gets them without rails and breaks. A line that is wider than the screen
 * is left to the terminal, which knows that it is one. `inside`: as {@link insideAfter}.
 */
export function codeRows(code: string, language: string, {style, highlighter}: CodeDrawing, inside = ''): string[] {
  const lines = code.split('\n').map((line) => expandTabs(line))
  const grammar = grammarOf(language)
  if (!highlighter || grammar === undefined) return lines.map(style.code.text)
  const rows: string[] = []
  let begun = inside
  for (let start = 0; start < lines.length; ) {
    let end = start
    let after = begun
    for (let size = 0; end < lines.length && end - start < CODE_LINES && size < CODE_PART; end++) {
      const line = lines[end] ?? ''
      size += line.length + 1
      after = insideAfter(line, language, after)
    }
    rows.push(...coloured(lines.slice(start, end), grammar, begun, highlighter, style.code))
    begun = after
    start = end
  }
  return rows
}

function coloured(
  lines: readonly string[],
  grammar: string,
  inside: string,
  highlighter: Highlighter,
  style: CodeStyle,
): string[] {
  if (lines.some((line) => line.length > LONGEST_COLOURED)) return lines.map(style.text)
  // A line in front says in what the first one begins.
  const text = inside === '' ? lines.join('\n') : `${inside}\n${lines.join('\n')}`
  const rows = ['']
  for (const {text: run, scope} of highlighter(text, grammar)) {
    const paint = style[scope ?? 'text']
    for (const [index, part] of run.split('\n').entries()) {
      if (index > 0) rows.push('')
      if (part !== '') rows[rows.length - 1] += paint(part)
    }
  }
  return inside === '' ? rows : rows.slice(1)
}
