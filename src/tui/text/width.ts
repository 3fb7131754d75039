import stringWidth from 'string-width'
import {versionOf} from './links.js'

/** A run of text in printable ASCII needs no looking up. */
export const ascii = /^[\x20-\x7e]*$/

// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences have no width.
const isControl = /[\x1b\x9b]/

/** Made when a text needs it: the first one takes 17 ms. */
let segmenter: Intl.Segmenter | undefined

/**
 * Widths of graphemes and words that are not plain, as `string-width` tells them: it takes 15 µs for each, and a text
 * has few different ones.
 */
const remembered = new Map<string, number>()
const MAX_REMEMBERED = 4096

/** First and last code units that are one character each, whatever is beside them, and its columns. */
const plainRanges: readonly (readonly [first: number, last: number, columns: 1 | 2])[] = [
  [0x20, 0x7e, 1],
  [0xa1, 0xac, 1],
  [0xae, 0x2ff, 1],
  [0x370, 0x377, 1],
  [0x37a, 0x37f, 1],
  [0x384, 0x386, 1],
  [0x38e, 0x3a1, 1],
  [0x3a3, 0x482, 1],
  [0x48a, 0x52f, 1],
  [0x5d0, 0x5ea, 1],
  [0x620, 0x64a, 1],
  [0x1e00, 0x1eff, 1],
  [0x2010, 0x2015, 1],
  [0x2018, 0x2027, 1],
  [0x2030, 0x203b, 1],
  [0x20a0, 0x20bf, 1],
  [0x2190, 0x21ff, 1],
  [0x2200, 0x2319, 1],
  [0x23bf, 0x23bf, 1],
  [0x2500, 0x25fc, 1],
  [0x2610, 0x2610, 1],
  [0x2713, 0x2713, 1],
  [0x2717, 0x2717, 1],
  [0x273b, 0x273b, 1],
  [0x276f, 0x276f, 1],
  [0x2800, 0x28ff, 1],
  [0x3001, 0x3029, 2],
  [0x3041, 0x3096, 2],
  [0x30a0, 0x30ff, 2],
  [0x3400, 0x4dbf, 2],
  [0x4e00, 0x9fff, 2],
  [0xac00, 0xd7a3, 2],
  [0xff01, 0xff60, 2],
]

/** Columns of a code unit that is a character whatever is beside it; 0 for all others. A look at a table of 64 KB. */
let table: Uint8Array | undefined

function plainTable(): Uint8Array {
  if (table) return table
  table = new Uint8Array(0x10000)
  for (const [first, last, columns] of plainRanges) table.fill(columns, first, last + 1)
  return table
}

/** Columns that the text takes in a terminal. */
export function textWidth(text: string): number {
  if (ascii.test(text)) return text.length
  const columns = plainTable()
  let width = 0
  for (let index = 0; index < text.length; index++) {
    const wide = columns[text.charCodeAt(index)]
    if (!wide) return isControl.test(text) ? stringWidth(text) : widthOfAny(text)
    width += wide
  }
  return width
}

function widthOfAny(text: string): number {
  return remember(text, () => graphemes(text).reduce((width, grapheme) => width + graphemeWidth(grapheme), 0))
}

/** Columns of one grapheme. */
export function graphemeWidth(grapheme: string): number {
  const plain = grapheme.length === 1 ? plainTable()[grapheme.charCodeAt(0)] : 0
  return plain || remember(grapheme, () => stringWidth(grapheme))
}

function remember(text: string, measure: () => number): number {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const width = measure()
  // A pile of marks on one letter is a grapheme of any length.
  if (text.length > 32) return width
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(text, width)
  return width
}

/** Characters as a person counts them: an emoji of five code points is one. */
export function graphemes(text: string): string[] {
  if (ascii.test(text)) return text.split('')
  const columns = plainTable()
  const isPlain = (index: number) => columns[text.charCodeAt(index)] !== 0
  const found: string[] = []
  let index = 0
  while (index < text.length) {
    let odd = index
    while (odd < text.length && isPlain(odd)) odd++
    // What is not plain may join the character before it and the one behind it.
    const apart = odd < text.length ? odd - 1 : odd
    for (; index < apart; index++) found.push(text[index] ?? '')
    if (index >= text.length) break
    let end = odd + 1
    while (end < text.length && !(isPlain(end - 1) && isPlain(end))) end++
    segmenter ??= new Intl.Segmenter(undefined, {granularity: 'grapheme'})
    for (const {segment} of segmenter.segment(text.slice(index, end))) found.push(segment)
    index = end
  }
  return found
}

/** With spaces up to the next stop, every `stop` columns. `column`: where the text begins. */
export function expandTabs(text: string, column = 0, stop = 4): string {
  if (!text.includes('\t')) return text
  let at = column
  return text
    .split('\t')
    .map((part, index, parts) => {
      at += textWidth(part)
      if (index === parts.length - 1) return part
      const blanks = stop - (at % stop)
      at += blanks
      return part + ' '.repeat(blanks)
    })
    .join('')
}

/**
 * tmux before 3.6 draws a character with a variation selector, a key and a skin as wide as its parts, and not as wide as
 * the library and other terminals, and one that is joined to a sign of text as narrow as that: there they are reduced to
 * what is drawn alike.
 */
export function emojiText(env: NodeJS.ProcessEnv): (text: string) => string {
  const old = (env.TMUX || env.TERM_PROGRAM === 'tmux') && versionOf(env.TERM_PROGRAM_VERSION) < 3.06
  if (!old) return (text) => text
  return (text) =>
    ascii.test(text)
      ? text
      : text
          .replace(/[\ufe0e\ufe0f]?\u20e3|[\ufe0e\ufe0f]/gu, '')
          .replace(/(?<=\p{Emoji_Modifier_Base})\p{Emoji_Modifier}/gu, '')
          .replace(/(?<=(?<!\u200d)(?!\p{Emoji_Presentation})\p{Extended_Pictographic})\u200d/gu, '')
}
