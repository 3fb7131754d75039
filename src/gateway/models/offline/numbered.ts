/** The offline model's text: numbered words, so that a person and a test can see a gap or a repetition. */

const WORDS_PER_LINE = 10
const WORDS_PER_PARAGRAPH = 100

/** The n-th token, with the space or line break before it: `word0`, ` word1`, …, `\nword10`, …, `\n\nword100`. */
export function numberedToken(index: number): string {
  return `${separator(index)}word${index}`
}

/** All tokens from `from` (default 0) up to but without `to`. */
export function numberedText(to: number, from = 0): string {
  let text = ''
  for (let index = from; index < to; index++) text += numberedToken(index)
  return text
}

/**
 * Where a reply that broke off after `partial` goes on: `head` is what is still missing of a token
 * that was cut, `next` the first whole token after it. A partial reply without numbered words starts
 * from 0.
 */
export function continuation(partial: string): {head: string; next: number} {
  const whole = lastWholeWord(partial)
  const next = whole ? whole.index + 1 : 0
  const rest = whole ? partial.slice(whole.end) : partial
  const token = numberedToken(next)
  if (rest !== '' && token.startsWith(rest)) return {head: token.slice(rest.length), next: next + 1}
  return {head: '', next}
}

/**
 * The last numbered word that is all there. `word1` after `word11` is not: it is the beginning of
 * `word12`, whereas `word1` after `word0` is.
 */
function lastWholeWord(partial: string): {index: number; end: number} | undefined {
  let last: {index: number; end: number} | undefined
  let before: {index: number; end: number} | undefined
  for (const match of partial.matchAll(/word(\d+)/g)) {
    before = last
    last = {index: Number(match[1]), end: match.index + match[0].length}
  }
  if (!last || !before) return last
  const cut = last.end === partial.length && last.index !== before.index + 1
  return cut && String(before.index + 1).startsWith(String(last.index)) ? before : last
}

function separator(index: number): string {
  if (index === 0) return ''
  if (index % WORDS_PER_PARAGRAPH === 0) return '\n\n'
  return index % WORDS_PER_LINE === 0 ? '\n' : ' '
}
