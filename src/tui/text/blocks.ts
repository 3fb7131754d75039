/** A piece of a reply that is drawn for itself. */
export interface Piece {
  text: string
  /** The opening line of the code block in which it starts, if it starts in one. */
  fence: string | undefined
}

/**
 * Cuts a growing reply into pieces that are finished and can be printed for good. The concatenation of
 * the pieces and the rest is always the text itself.
 */
export interface Split {
  done: Piece[]
  rest: string
  /** As {@link Piece.fence}, of the rest. */
  fence: string | undefined
}

/** Beyond this many characters without an empty line, a line end is enough to cut at. */
const LONG_PARAGRAPH = 2000

/** Paragraphs that are there at once are one piece up to this many characters; drawing it takes a few milliseconds. */
export const PIECE = 8000

/**
 * Beyond this many characters a piece is cut wherever it is, also a table and a line: drawing the longest takes 30 ms,
 * and what is not finished is looked at again with every delta (one line of 1.3 MB in 200 000 deltas: 1.1 GB resident).
 */
const LONGEST_PIECE = 32_000

/** `fence` is the {@link Split.fence} of the part before. */
export function splitBlocks(text: string, fence: string | undefined): Split {
  const done: Piece[] = []
  /** Where the piece that is being gathered begins, and where it could end. */
  let start = 0
  let cut = 0
  let startFence = fence
  let cutFence = fence
  let open = fence
  const finish = () => {
    if (cut > start) done.push({text: text.slice(start, cut), fence: startFence})
    start = cut
    startFence = cutFence
  }
  const cutAt = (offset: number) => {
    if (offset - start > PIECE) finish()
    cut = offset
    cutFence = open
  }
  let offset = 0
  let blank = false
  while (offset < text.length) {
    const newline = text.indexOf('\n', offset)
    const end = newline === -1 ? text.length : newline + 1
    while (end - cut > LONGEST_PIECE) {
      // Before this line, if it is not alone too long.
      cutAt(offset > cut ? offset : cut + wholeCharacters(text, cut, LONGEST_PIECE))
      finish()
    }
    if (newline === -1) break
    const line = text.slice(offset, newline)
    const marker = /^ {0,3}(```+|~~~+)/.exec(line)?.[1]
    if (marker && open === undefined) open = line.trim()
    else if (marker && open !== undefined && closes(open, line)) open = undefined
    const wasBlank = blank
    blank = line.trim() === ''
    offset = end
    const paragraphEnd = open === undefined && blank && !wasBlank
    // A table's rows need its head, so a table is not cut inside.
    const longEnough = offset - cut > LONG_PARAGRAPH && (open !== undefined || !line.trimStart().startsWith('|'))
    if (paragraphEnd || longEnough) cutAt(offset)
  }
  finish()
  return {done, rest: text.slice(cut), fence: cutFence}
}

/** A whole text in its pieces. */
export function blocksOf(text: string): Piece[] {
  if (text.length <= PIECE) return [{text, fence: undefined}]
  const {done, rest, fence} = splitBlocks(text, undefined)
  return rest === '' ? done : [...done, {text: rest, fence}]
}

/** So much of one delta or one stored message is shown: 1 MB are some 12 000 rows, and no model writes a tenth of it. */
const MAX_SHOWN = 1_000_000

/** As much of a text as is shown, and how many characters are not. */
export function shownPart(text: string): {shown: string; hidden: number} {
  if (text.length <= MAX_SHOWN) return {shown: text, hidden: 0}
  const shown = text.slice(0, wholeCharacters(text, 0, MAX_SHOWN))
  return {shown, hidden: text.length - shown.length}
}

/** Not between the halves of a character. */
function wholeCharacters(text: string, from: number, count: number): number {
  const last = text.charCodeAt(from + count - 1)
  return last >= 0xd800 && last <= 0xdbff ? count - 1 : count
}

function closes(open: string, line: string): boolean {
  const opening = /^(`+|~+)/.exec(open)?.[0] ?? '```'
  const closing = line.trim()
  return closing.startsWith(opening) && /^(`+|~+)$/.test(closing)
}
