/** How the bytes of a text file are to be read. What no other encoding fits is `windows-1252`, a superset of Latin-1. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

export interface Decoded {
  /** Without the byte order mark; line ends as they are. */
  text: string
  encoding: Encoding
  /** A byte order mark comes first. */
  mark: boolean
}

/** Bytes at the start of a file that decide whether it is text. */
export const SNIFF_BYTES = 8192

/**
 * The text of a file; undefined: it is binary. `encode` of the result gives the same bytes again,
 * whatever they are, so that what is not edited stays as it was.
 */
export function decode(bytes: Buffer): Decoded | undefined {
  const {encoding, mark, offset} = markOf(bytes)
  const body = bytes.subarray(offset)
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    // Half a character at the end can't be kept in a string.
    if (body.length % 2 !== 0) return undefined
    const text = (encoding === 'utf-16le' ? body : Buffer.from(body).swap16()).toString('utf16le')
    return text.includes('\0') ? undefined : {text, encoding, mark}
  }
  if (bytes.subarray(0, SNIFF_BYTES).includes(0)) return decodeUnmarked(bytes)
  try {
    const text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(body)
    return {text, encoding: 'utf-8', mark}
  } catch {
    if (mark || bytes.some((byte) => byte < 0x20 && !usual.has(byte))) return undefined
    return {text: decodeWindows(bytes), encoding: 'windows-1252', mark: false}
  }
}

/** So much of one half of the characters' bytes is zero in a text that is mostly of ASCII, percent. */
const ZERO_PERCENT = 70

/** Less than that may be anything. */
const MIN_UNMARKED_BYTES = 16

/** UTF-16 without a byte order mark, as other systems write it: text that is mostly of ASCII, and else binary. */
function decodeUnmarked(bytes: Buffer): Decoded | undefined {
  if (bytes.length % 2 !== 0 || bytes.length < MIN_UNMARKED_BYTES) return undefined
  const sample = bytes.subarray(0, SNIFF_BYTES)
  const zeros = [0, 0]
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  const [high = 0, low = 0] = zeros
  if (high > 0 && low > 0) return undefined
  if (Math.max(high, low) * 2 * 100 < sample.length * ZERO_PERCENT) return undefined
  const encoding = low > 0 ? 'utf-16le' : 'utf-16be'
  const text = (low > 0 ? bytes : Buffer.from(bytes).swap16()).toString('utf16le')
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 && !usual.has(code)) return undefined
  }
  return text.isWellFormed() ? {text, encoding, mark: false} : undefined
}

/** By byte order mark, and where there is none as UTF-8. `offset` is where the text begins. */
function markOf(bytes: Buffer): {encoding: Encoding; mark: boolean; offset: number} {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return {encoding: 'utf-8', mark: true, offset: 3}
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return {encoding: 'utf-16le', mark: true, offset: 2}
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return {encoding: 'utf-16be', mark: true, offset: 2}
  return {encoding: 'utf-8', mark: false, offset: 0}
}

/** The bytes of a text; a string says which character the encoding can't hold. */
export function encode({text, encoding, mark}: Decoded): Buffer | string {
  if (encoding === 'windows-1252') return encodeWindows(text)
  if (encoding === 'utf-8') {
    // Written as U+FFFD it would be another text than was approved.
    if (!text.isWellFormed()) return "half of a surrogate pair can't be written in UTF-8"
    return Buffer.from(mark ? `\ufeff${text}` : text, 'utf8')
  }
  const bytes = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le')
  return encoding === 'utf-16le' ? bytes : bytes.swap16()
}

/** Tab, line feed, form feed, carriage return, backspace, escape: control characters that texts do hold. */
const usual = new Set([0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b])

/** Windows-1252 from 0x80 to 0x9f; the five that it leaves open are the control characters of Latin-1. */
const upper =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178'

/** Node's own decoder takes some of these for Latin-1 in some versions, and there is no encoder. */
export function decodeWindows(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\x80-\x9f]/g, (character) => upper[character.charCodeAt(0) - 0x80] ?? '')
}

function encodeWindows(text: string): Buffer | string {
  let bad: string | undefined
  // biome-ignore lint/suspicious/noControlCharactersInRegex: every character but those of Latin-1
  const latin = text.replace(/[^\x00-\x7f\xa0-\xff]/gu, (character) => {
    const index = upper.indexOf(character)
    if (index === -1) bad ??= character
    return String.fromCharCode(0x80 + index)
  })
  if (bad === undefined) return Buffer.from(latin, 'latin1')
  const point = bad.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
  return `the character ${bad.isWellFormed() ? `${bad} (U+${point})` : `U+${point}`} can't be written in Windows-1252`
}
