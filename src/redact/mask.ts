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

/** Where a text was cut: before it, and behind it if a rest follows. */
const cut = /\n?…(?: \[\d+ of \d+ bytes left out\] …\n)?/g

/** A part of a secret that is shorter tells nothing. */
const MIN_PART_CHARS = 4

/** As {@link createMask}, and what is left of a secret at the places where a text was cut. */
export function createCutMask(values: readonly string[]): (text: string) => string {
  const mask = createMask(values)
  const known = values.flatMap(withLines).filter((value) => value.length >= MIN_CHARS)
  return (whole) => {
    const text = mask(whole)
    if (known.length === 0 || !text.includes('…')) return text
    let result = ''
    let at = 0
    for (const {0: sign, index} of text.matchAll(cut)) {
      const before = Math.max(0, ...known.map((secret) => startAtEnd(text, index, secret)))
      const behind = sign.endsWith('\n')
        ? Math.max(0, ...known.map((secret) => endAtStart(text, index + sign.length, secret)))
        : 0
      result += text.slice(at, Math.max(at, index - before)) + (before > 0 ? redacted : '') + sign
      result += behind > 0 ? redacted : ''
      at = index + sign.length + behind
    }
    return result + text.slice(at)
  }
}

/** How many of the first characters of a secret stand before `end`. */
function startAtEnd(text: string, end: number, secret: string): number {
  for (let length = Math.min(secret.length - 1, end); length >= MIN_PART_CHARS; length--) {
    if (text.startsWith(secret.slice(0, length), end - length)) return length
  }
  return 0
}

/** How many of the last characters of a secret stand from `start` on. */
function endAtStart(text: string, start: number, secret: string): number {
  for (let length = secret.length - 1; length >= MIN_PART_CHARS; length--) {
    if (text.startsWith(secret.slice(-length), start)) return length
  }
  return 0
}
