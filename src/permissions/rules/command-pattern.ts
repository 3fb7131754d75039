/**
 * Patterns of `bash(…)`: words as a shell splits them, each literal or a glob over that one word.
 * They are matched against words after quote removal, never against the text of a command.
 */

/** One character class: `[a-z]`, `[!0-9]`. */
export interface CharacterSet {
  negated: boolean
  /** Inclusive, as code points. */
  ranges: readonly (readonly [number, number])[]
}

/** A character, `*` (any number of any characters), `?` (one), or a set. */
export type PatternPart = {char: string} | 'any' | 'one' | CharacterSet
export type PatternWord = readonly PatternPart[]

export interface WordsPattern {
  kind: 'words'
  /** `NODE_ENV=test` before the program. */
  assignments: readonly {name: string; value: PatternWord}[]
  words: readonly PatternWord[]
  /** A lone `*` at the end: any number of further words, also none. */
  open: boolean
}

export type CommandPattern =
  /** `*`: every command. */
  | {kind: 'all'}
  /** `=TEXT`: this very text and no other, whatever is in it. */
  | {kind: 'exact'; text: string}
  | WordsPattern

/** What is wrong with a pattern, and what to write instead. */
export interface PatternProblem {
  problem: string
  remedy: string
}

/** Of all characters that Unicode calls white space a shell takes these for it. */
export function trimShell(text: string): string {
  return text.replace(/^[ \t\n]+|[ \t\n]+$/g, '')
}

export function parseCommandPattern(source: string): CommandPattern | PatternProblem {
  const pattern = trimShell(source)
  if (pattern.includes('\0')) return {problem: 'it holds a zero byte', remedy: 'no command can'}
  if (pattern.startsWith('=')) {
    const text = trimShell(pattern.slice(1))
    if (text !== '') return {kind: 'exact', text}
  }
  if (pattern === '' || pattern === '=') return {problem: 'the pattern is empty', remedy: 'write bash(npm test *)'}
  // `npm run lint:*` is how others write `npm run lint *`.
  const split = splitWords(pattern.replace(/(?<!\\):\*$/, ' *'))
  if ('problem' in split) return split

  const open = isLoneStar(split.at(-1))
  const words = open ? split.slice(0, -1) : split
  const assignments: {name: string; value: PatternWord}[] = []
  for (let next = words[0]; next; next = words[0]) {
    const assignment = assignmentOf(next)
    if (!assignment) break
    assignments.push(assignment)
    words.shift()
  }
  if (words.length > 0) return {kind: 'words', assignments, words, open}
  if (assignments.length === 0) return {kind: 'all'}
  return {problem: 'no program follows the variables', remedy: 'write bash(NAME=value program *)'}
}

/** The same pattern in its one spelling. */
export function formatCommandPattern(pattern: CommandPattern): string {
  if (pattern.kind === 'all') return '*'
  if (pattern.kind === 'exact') return `=${pattern.text}`
  const {assignments, words, open} = pattern
  const text = [
    ...assignments.map(({name, value}) => `${name}=${value.length === 0 ? '' : formatWord(value)}`),
    ...words.map(formatWord),
    ...(open ? ['*'] : []),
  ].join(' ')
  // Either would be read as what it is not.
  return text.replace(/^=/, '\\=').replace(/:\*$/, '\\:*')
}

/** A pattern that covers these words and no others. */
export function literalPattern(words: readonly string[], open = false): WordsPattern {
  const literal = (word: string): PatternWord => [...word].map((char) => ({char}))
  return {kind: 'words', assignments: [], words: words.map(literal), open}
}

/** The word that it stands for, where it is no glob. */
export function literalWord(word: PatternWord): string | undefined {
  let text = ''
  for (const part of word) {
    if (typeof part === 'string' || !('char' in part)) return undefined
    text += part.char
  }
  return text
}

/** Whether the pattern covers exactly one list of words. */
export function isLiteralPattern(pattern: WordsPattern): boolean {
  const {assignments, words, open} = pattern
  return !open && [...words, ...assignments.map(({value}) => value)].every((word) => literalWord(word) !== undefined)
}

/** Linear in the product of both lengths: a `*` that was too short is only ever lengthened. */
export function matchesWord(pattern: PatternWord, word: string): boolean {
  const chars = [...word]
  let [at, from] = [0, 0]
  let star: {at: number; from: number} | undefined
  while (from < chars.length) {
    const part = pattern[at]
    if (part === 'any') {
      star = {at, from}
      at += 1
    } else if (part !== undefined && matchesChar(part, chars[from] ?? '')) {
      at += 1
      from += 1
    } else if (star) {
      star.from += 1
      at = star.at + 1
      from = star.from
    } else return false
  }
  return pattern.slice(at).every((part) => part === 'any')
}

function matchesChar(part: Exclude<PatternPart, 'any'>, char: string): boolean {
  if (part === 'one') return true
  if ('char' in part) return part.char === char
  const point = char.codePointAt(0) ?? 0
  return part.ranges.some(([low, high]) => low <= point && point <= high) !== part.negated
}

function splitWords(text: string): PatternWord[] | PatternProblem {
  const chars = [...text]
  const words: PatternWord[] = []
  let word: PatternPart[] | undefined
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? ''
    if (char === ' ' || char === '\t') {
      if (word) words.push(word)
      word = undefined
      continue
    }
    word ??= []
    if (char === '\\') {
      const next = chars[++i]
      if (next === undefined) return {problem: 'it ends with a backslash', remedy: 'write it twice'}
      word.push({char: next})
    } else if (char === "'" || char === '"') {
      const end = quoteEnd(chars, i)
      if (end < 0) return {problem: `a quote (${char}) is not closed`, remedy: `close it, or write \\${char}`}
      for (let at = i + 1; at < end; at++) {
        if (char === '"' && chars[at] === '\\' && /["\\$`]/.test(chars[at + 1] ?? '')) at++
        word.push({char: chars[at] ?? ''})
      }
      i = end
    } else if (char === '*') {
      if (word.at(-1) !== 'any') word.push('any')
    } else if (char === '?') word.push('one')
    else if (char === '[') {
      const set = characterSet(chars, i)
      word.push(set?.set ?? {char})
      i = set?.end ?? i
    } else if (/[|&;<>()$`\n\r]/.test(char)) {
      return {
        problem: `it holds ${JSON.stringify(char)}, and a pattern is the words of one simple command`,
        remedy:
          'write a rule for each command of a line (each is judged by itself), bash(=…) for this very text, or quote the character',
      }
    } else word.push({char})
  }
  if (word) words.push(word)
  return words
}

function quoteEnd(chars: readonly string[], start: number): number {
  const quote = chars[start]
  for (let i = start + 1; i < chars.length; i++) {
    if (chars[i] === '\\' && quote === '"') i++
    else if (chars[i] === quote) return i
  }
  return -1
}

/** As in a shell a `[` that is not closed in its word is a character. */
function characterSet(chars: readonly string[], start: number): {set: CharacterSet; end: number} | undefined {
  let at = start + 1
  const negated = chars[at] === '!' || chars[at] === '^'
  if (negated) at += 1
  const first = at
  const ranges: [number, number][] = []
  for (; at < chars.length; at++) {
    const char = chars[at] ?? ''
    if (char === ']' && at > first) return {set: {negated, ranges}, end: at}
    if (/[\s'"\\]/.test(char)) return undefined
    const low = char.codePointAt(0) ?? 0
    const last = chars[at + 2]
    if (chars[at + 1] === '-' && last !== undefined && last !== ']' && !/[\s'"\\]/.test(last)) {
      ranges.push([low, last.codePointAt(0) ?? 0])
      at += 2
    } else ranges.push([low, low])
  }
  return undefined
}

function isLoneStar(word: PatternWord | undefined): boolean {
  return word?.length === 1 && word[0] === 'any'
}

function assignmentOf(word: PatternWord): {name: string; value: PatternWord} | undefined {
  const equals = word.findIndex((part) => typeof part !== 'string' && 'char' in part && part.char === '=')
  const name = equals > 0 ? literalWord(word.slice(0, equals)) : undefined
  return name !== undefined && /^[A-Za-z_]\w*$/.test(name) ? {name, value: word.slice(equals + 1)} : undefined
}

function formatWord(word: PatternWord): string {
  const text = literalWord(word)
  if (text === '' || (text !== undefined && /[^\w./:,@%+^~={}#!-]/.test(text))) {
    return `'${text.replaceAll("'", `'\\''`)}'`
  }
  return word.map(formatPart).join('')
}

function formatPart(part: PatternPart): string {
  if (part === 'any') return '*'
  if (part === 'one') return '?'
  if ('char' in part) {
    if (/[\w./:,@%+^~={}#!-]/.test(part.char)) return part.char
    return /\s/.test(part.char) ? `'${part.char}'` : `\\${part.char}`
  }
  const ranges = part.ranges.map(([low, high], at, {length}) => {
    const [next] = part.ranges[at + 1] ?? []
    // Behind a character alone a `-` would begin a range, but for the last one.
    const joins = next === HYPHEN && !(at + 2 === length && part.ranges[at + 1]?.[1] === HYPHEN)
    const first = String.fromCodePoint(low)
    return low === high && !joins ? first : `${first}-${String.fromCodePoint(high)}`
  })
  return `[${part.negated ? '!' : ''}${ranges.join('')}]`
}

const HYPHEN = 0x2d
