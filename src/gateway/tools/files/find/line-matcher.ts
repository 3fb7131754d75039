import {createTimeLimit} from './time-limit.js'

export interface LineMatch {
  line: number
  text: string
}

/** Finds up to `limit` matching lines in a text. Throws an Error in words when an expression takes too long. */
export type LineMatcher = (text: string, limit: number) => LineMatch[]

/** A minified line is not what is looked for. */
const MAX_LINE_CHARS = 20_000
const SHOWN_LINE_CHARS = 240

const MAX_EXPRESSION_MS = 500
const TOO_LONG = 'the regular expression takes too long; make it simpler'

/** A matcher for a text or a regular expression; a string says what is wrong with the expression. */
export function createLineMatcher(query: string, options: {regex: boolean; ignoreCase: boolean}): LineMatcher | string {
  const source = options.regex ? query : query.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  let expression: RegExp
  try {
    expression = new RegExp(source, options.ignoreCase ? 'i' : '')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (!options.regex) return (text, limit) => matchLines(text, expression, limit)
  const limited = createTimeLimit(MAX_EXPRESSION_MS, TOO_LONG, {total: false})
  return (text, limit) => limited(() => matchLines(text, expression, limit))
}

function matchLines(text: string, expression: RegExp, limit: number): LineMatch[] {
  const matches: LineMatch[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const at = line.length > MAX_LINE_CHARS ? -1 : line.search(expression)
    if (at === -1) continue
    matches.push({line: index + 1, text: around(line, at)})
    if (matches.length >= limit) break
  }
  return matches
}

/** The part of a line around the match. */
function around(line: string, at: number): string {
  const text = line.replace(/\r$/, '')
  if (text.length <= SHOWN_LINE_CHARS) return text
  const start = Math.max(0, Math.min(at - 80, text.length - SHOWN_LINE_CHARS))
  const end = start + SHOWN_LINE_CHARS
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
}
