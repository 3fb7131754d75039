/** What a secret becomes. */
export const redacted = '[redacted]'

/** Shorter values would blot out ordinary words. */
const MIN_CHARS = 8

/** A line of a longer secret, as the body of a private key has; shorter ones may be lines of anything. */
const MIN_LINE_CHARS = 16

/** A secret of several lines is one in each of them: a search or a diff shows them one by one. */
function withLines(value: string): string[] {
  if (!value.includes('\n')) return [value]
  const lines = value.split(/\r?\n/).map((line) => line.trim())
  return [value, ...lines.filter((line) => line.length >= MIN_LINE_CHARS && !line.startsWith('-----'))]
}

/** Makes a function that takes these very values out of a text, wherever they stand. */
export function createMask(values: readonly string[]): (text: string) => string {
  // The longest first: one may be the beginning of another.
  const known = [...new Set(values.flatMap(withLines))]
    .filter((value) => value.length >= MIN_CHARS && !redacted.includes(value))
    .sort((a, b) => b.length - a.length)
  return (text) => known.reduce((result, value) => result.replaceAll(value, redacted), text)
}
