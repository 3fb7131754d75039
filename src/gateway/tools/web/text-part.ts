/** A part of a text, of about as many tokens as other tools tell at once. */
export interface TextPart {
  content: string
  /** Where to read on; undefined: this is the end. */
  next: number | undefined
}

/** Characters from `offset` on; ends at the end of a line where there is one in the last tenth. Never halves a character. */
export function partOf(text: string, offset: number, limit: number): TextPart {
  const start = isLow(text, offset) ? offset - 1 : offset
  if (start + limit >= text.length) return {content: text.slice(start), next: undefined}
  const line = text.lastIndexOf('\n', start + limit - 1) + 1
  const end = line > start + limit * 0.9 ? line : start + limit
  const whole = isLow(text, end) ? end + 1 : end
  return {content: text.slice(start, whole), next: whole < text.length ? whole : undefined}
}

/** The second half of a pair. */
function isLow(text: string, at: number): boolean {
  const pair = at > 0 && at < text.length ? text.codePointAt(at - 1) : undefined
  return pair !== undefined && pair > 0xffff
}
