/** A pasted page is no query: what comes after this many words is left out. */
const MAX_WORDS = 64

export type SearchPlan =
  | {kind: 'nothing'}
  /** An FTS5 expression. */
  | {kind: 'words'; expression: string}
  /** Substrings that a message must all hold, in any case. */
  | {kind: 'substrings'; parts: string[]}

/**
 * What a person typed, as a search that cannot fail: every word is quoted, so that FTS5 operators are
 * plain text; all words must occur; the last one is a prefix, for it may still be unfinished.
 */
export function planSearch(query: string): SearchPlan {
  // Here and not above: to read them takes 0.6 ms, which a resume need not wait for.
  /** Scripts that are written without spaces; the index holds a run of them as one word. */
  const unspaced =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
  /** Characters that the index's tokenizer (unicode61) takes as part of a word. */
  const wordCharacter = /[\p{L}\p{N}\p{Co}]/u
  const words = query
    .toWellFormed()
    .replaceAll('\0', ' ')
    .split(/\s+/u)
    .filter((word) => wordCharacter.test(word))
    .slice(0, MAX_WORDS)
  if (words.length === 0) return {kind: 'nothing'}
  if (words.some((word) => unspaced.test(word))) return {kind: 'substrings', parts: words}
  const expression = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ')
  return {kind: 'words', expression: `${expression}*`}
}

/** A GLOB-free LIKE pattern with `\` as escape character. */
export function likePattern(part: string): string {
  return `%${part.replace(/[\\%_]/g, '\\$&')}%`
}

/** About 24 characters either side of the first match, matches between U+0002 and U+0003. */
export function markSubstrings(text: string, parts: readonly string[]): string {
  const pattern = new RegExp(parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'giu')
  const first = text.search(pattern)
  const characters = [...text.slice(0, Math.max(first, 0))]
  const from = characters.slice(0, -24).join('').length
  const shown = [...text.slice(from)].slice(0, 64).join('')
  const body = shown.replace(pattern, '\u0002$&\u0003')
  return `${from > 0 ? '…' : ''}${body}${from + shown.length < text.length ? '…' : ''}`
}
