import {createContext, Script} from 'node:vm'

export interface LineMatch {
  line: number
  text: string
}

/** Finds up to `limit` matching lines in a text. Throws an Error in words when an expression takes too long. */
export type LineMatcher = (text: string, limit: number) => LineMatch[]

/** A minified line is not what is looked for. */
const MAX_LINE_CHARS = 20_000
const SHOWN_LINE_CHARS = 240

/** A model's expression can take years on a line of 40 characters, and nothing else would run meanwhile. */
const MAX_EXPRESSION_MS = 500

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

  // V8 looks at the limit also while an expression backtracks.
  const work: {run: () => LineMatch[]} = {run: () => []}
  const context = createContext({work})
  const script = new Script('work.run()')
  return (text, limit) => {
    work.run = () => matchLines(text, expression, limit)
    try {
      return script.runInContext(context, {timeout: MAX_EXPRESSION_MS}) as LineMatch[]
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      throw new Error('the regular expression takes too long; make it simpler', {cause: error})
    }
  }
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
