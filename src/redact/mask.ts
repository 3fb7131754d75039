/** What a secret becomes. */
export const redacted = '[redacted]'

/** Shorter values would blot out ordinary words. */
const MIN_CHARS = 8

/** Makes a function that takes these very values out of a text, wherever they stand. */
export function createMask(values: readonly string[]): (text: string) => string {
  // The longest first: one may be the beginning of another.
  const known = [...new Set(values)]
    .filter((value) => value.length >= MIN_CHARS && !redacted.includes(value))
    .sort((a, b) => b.length - a.length)
  return (text) => known.reduce((result, value) => result.replaceAll(value, redacted), text)
}
