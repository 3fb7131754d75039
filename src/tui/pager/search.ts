/** A place that was found, in code units of its line. */
export interface Match {
  line: number
  start: number
  end: number
}

/** More are not looked for. */
export const MAX_MATCHES = 10_000

/** Where the text stands. Upper and lower case are the same unless the text has an upper one. */
export function matchesOf(lines: readonly {text: string}[], query: string): Match[] {
  const matches: Match[] = []
  if (query === '') return matches
  const expression = new RegExp(query.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), /\p{Lu}/u.test(query) ? 'gu' : 'giu')
  for (const [line, {text}] of lines.entries()) {
    expression.lastIndex = 0
    for (let found = expression.exec(text); found; found = expression.exec(text)) {
      matches.push({line, start: found.index, end: found.index + found[0].length})
      if (matches.length >= MAX_MATCHES) return matches
    }
  }
  return matches
}

/** Index of the first match at a place or behind it; 0 where all are before it. */
export function firstFrom(matches: readonly Match[], line: number, offset: number): number {
  const found = matches.findIndex((match) => match.line > line || (match.line === line && match.start >= offset))
  return Math.max(0, found)
}
