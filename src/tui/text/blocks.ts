/**
 * Cuts a growing reply into parts that are finished and can be printed for good. The concatenation of
 * the parts and the rest is always the text itself.
 */
export interface Split {
  done: string
  rest: string
  /** The opening line of the code block in which `rest` starts, if it starts in one. */
  fence: string | undefined
}

/** Beyond this many characters without an empty line, a line end is enough to cut at. */
const LONG_PARAGRAPH = 2000

/** `fence` is the {@link Split.fence} of the part before. */
export function splitBlocks(text: string, fence: string | undefined): Split {
  let open = fence
  let cut = 0
  let cutFence = fence
  let offset = 0
  let blank = false
  while (true) {
    const newline = text.indexOf('\n', offset)
    if (newline === -1) break
    const line = text.slice(offset, newline)
    const marker = /^ {0,3}(```+|~~~+)/.exec(line)?.[1]
    if (marker && open === undefined) open = line.trim()
    else if (marker && open !== undefined && closes(open, line)) open = undefined
    const wasBlank = blank
    blank = line.trim() === ''
    offset = newline + 1
    const paragraphEnd = open === undefined && blank && !wasBlank
    // A table's rows need its head, so a table is never cut inside.
    const longEnough = offset - cut > LONG_PARAGRAPH && (open !== undefined || !line.trimStart().startsWith('|'))
    if (paragraphEnd || longEnough) {
      cut = offset
      cutFence = open
    }
  }
  return {done: text.slice(0, cut), rest: text.slice(cut), fence: cutFence}
}

function closes(open: string, line: string): boolean {
  const opening = /^(`+|~+)/.exec(open)?.[0] ?? '```'
  const closing = line.trim()
  return closing.startsWith(opening) && /^(`+|~+)$/.test(closing)
}
