export type LineEnd = '\n' | '\r\n'

/** A text as a model sees it, with `\n` alone, beside the line ends that it really has. */
export interface View {
  text: string
  /** The one that all lines have, or one for each `\n` of the text. */
  ends: LineEnd | readonly LineEnd[]
}

/** {@link withLineEnds} gives the same text again. */
export function viewOf(raw: string): View {
  if (!raw.includes('\r\n')) return {text: raw, ends: raw.includes('\n') ? '\n' : []}
  const ends = (raw.match(/\r?\n/g) ?? []) as LineEnd[]
  return {text: raw.replaceAll('\r\n', '\n'), ends: ends.includes('\n') ? ends : '\r\n'}
}

export function withLineEnds({text, ends}: View): string {
  if (ends === '\n') return text
  if (ends === '\r\n') return text.replaceAll('\n', '\r\n')
  let at = 0
  return text.replaceAll('\n', () => ends[at++] ?? '\n')
}

/** What is to stand at a place of the text in place of `length` characters. */
export interface Replacement {
  at: number
  length: number
  text: string
}

/**
 * Puts replacements, which are in order and do not overlap, into a view. What begins or ends like the
 * text that it replaces leaves that part alone, line ends included. A new line ends as the line does in
 * which it is put, else as the one before.
 */
export function replaceIn(view: View, replacements: readonly Replacement[]): View {
  const {text} = view
  const parts: string[] = []
  const kept = typeof view.ends === 'string' ? undefined : view.ends
  const ends: LineEnd[] = []
  let done = 0
  let lines = 0
  const pass = (to: number) => {
    const part = text.slice(done, to)
    parts.push(part)
    done = to
    if (!kept) return
    const first = lines
    lines += countLines(part)
    for (const end of kept.slice(first, lines)) ends.push(end)
  }
  for (const replacement of replacements) {
    const {at, length, text: inserted} = differing(text, replacement)
    pass(at)
    parts.push(inserted)
    if (kept) {
      const end = kept[lines] ?? kept[lines - 1] ?? '\n'
      for (let count = countLines(inserted); count > 0; count--) ends.push(end)
      lines += countLines(text.slice(at, at + length))
    }
    done = at + length
  }
  pass(text.length)
  return {text: parts.join(''), ends: kept ? ends : view.ends}
}

/** The replacement without what is the same at its two ends. */
function differing(text: string, {at, length, text: inserted}: Replacement): Replacement {
  const shorter = Math.min(length, inserted.length)
  let start = 0
  while (start < shorter && text[at + start] === inserted[start]) start++
  let end = 0
  while (end < shorter - start && text[at + length - 1 - end] === inserted[inserted.length - 1 - end]) end++
  return {at: at + start, length: length - start - end, text: inserted.slice(start, inserted.length - end)}
}

export function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}
