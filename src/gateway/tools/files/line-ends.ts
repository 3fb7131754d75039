/** A text as a model sees it, with `\n` alone, beside the line ends that it really has. */
export interface View {
  text: string
  /** A letter for each `\n` of the text: `c` where it is `\r\n` in the file, else `l`. */
  ends: string
}

/** {@link withLineEnds} gives the same text again. */
export function viewOf(raw: string): View {
  if (!raw.includes('\r\n')) return {text: raw, ends: 'l'.repeat(countLines(raw))}
  const text = raw.replaceAll('\r\n', '\n')
  if (!/(?<!\r)\n/.test(raw)) return {text, ends: 'c'.repeat(countLines(text))}
  const ends: string[] = []
  for (let at = raw.indexOf('\n'); at !== -1; at = raw.indexOf('\n', at + 1))
    ends.push(raw[at - 1] === '\r' ? 'c' : 'l')
  return {text, ends: ends.join('')}
}

export function withLineEnds({text, ends}: View): string {
  if (!ends.includes('c')) return text
  if (!ends.includes('l')) return text.replaceAll('\n', '\r\n')
  let at = 0
  return text.replaceAll('\n', () => (ends[at++] === 'c' ? '\r\n' : '\n'))
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
  const {text, ends} = view
  const parts: string[] = []
  const newEnds: string[] = []
  let done = 0
  let line = 0
  for (const replacement of replacements) {
    const {at, length, text: inserted} = differing(text, replacement)
    const kept = text.slice(done, at)
    const next = line + countLines(kept)
    parts.push(kept, inserted)
    newEnds.push(ends.slice(line, next), (ends[next] ?? ends[next - 1] ?? 'l').repeat(countLines(inserted)))
    line = next + countLines(text.slice(at, at + length))
    done = at + length
  }
  return {text: parts.join('') + text.slice(done), ends: newEnds.join('') + ends.slice(line)}
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
