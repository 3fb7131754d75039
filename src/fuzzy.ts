/** What {@link fuzzyScore} gives at most for letters that lie apart, so that whole words come first. */
const APART = 100
const BEGINS_WORD = 8
const FOLLOWS = 5

/**
 * How well `query` describes `text`: a higher number fits better, undefined not at all. Letters of each word of the
 * query, in any case, have to stand in the text in their order; the words themselves may stand in any. Best is the text
 * itself, then its beginning, the beginning of a word in it, a part of it, and last letters that lie apart.
 */
export function fuzzyScore(query: string, text: string): number | undefined {
  const within = text.toLowerCase()
  let sum = 0
  for (const word of query.toLowerCase().split(/\s+/)) {
    if (word === '') continue
    const score = wordScore(word, within, text)
    if (score === undefined) return undefined
    sum += score
  }
  // Of two that fit alike the shorter one is meant.
  return sum - Math.min(text.length, 200) / 100
}

/** The items that fit, the best first; equal ones, and all for an empty query, in their order. `textsOf`: names of one. */
export function fuzzyRank<T>(query: string, items: readonly T[], textsOf: (item: T) => readonly string[]): T[] {
  if (query.trim() === '') return [...items]
  return items
    .flatMap((item) => {
      const scores = textsOf(item).flatMap((text) => fuzzyScore(query, text) ?? [])
      return scores.length > 0 ? [{item, score: Math.max(...scores)}] : []
    })
    .sort((a, b) => b.score - a.score)
    .map(({item}) => item)
}

function wordScore(word: string, within: string, written: string): number | undefined {
  const at = within.indexOf(word)
  if (at === -1) return scatteredScore(word, within, written)
  if (within === word) return 1000
  if (at === 0) return 500
  for (let next = at; next !== -1; next = within.indexOf(word, next + 1)) {
    if (beginsWord(written, next)) return 300
  }
  return 200
}

/** The shortest stretch that ends where the letters are first complete. */
function scatteredScore(word: string, within: string, written: string): number | undefined {
  let end = -1
  for (const unit of word.split('')) {
    end = within.indexOf(unit, end + 1)
    if (end === -1) return undefined
  }
  let score = 0
  let last = end + 1
  let at = end
  for (let left = word.length - 1; left >= 0; left--) {
    at = within.lastIndexOf(word[left] ?? '', last - 1)
    if (beginsWord(written, at)) score += BEGINS_WORD
    if (at === last - 1) score += FOLLOWS
    last = at
  }
  return Math.max(1, Math.min(APART, score + APART / 2 - (end - at)))
}

function beginsWord(text: string, at: number): boolean {
  if (at === 0) return true
  const before = text[at - 1] ?? ''
  if (!/[\p{L}\p{N}]/u.test(before)) return true
  return /\p{Ll}/u.test(before) && /\p{Lu}/u.test(text[at] ?? '')
}
