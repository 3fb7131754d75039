/**
 * Text from models, tools and stderr must not drive the terminal. It is cleaned when it is drawn and
 * not when it arrives: a control sequence may be split over two deltas.
 */

/* biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what this module is about. */

/** OSC, DCS, SOS, PM and APC strings. They never swallow a newline, so an unfinished one costs a line at most. */
const controlStrings = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?/g
const controlSequences = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]/g
const otherEscapes = /\x1b[ -/]*[0-~]/g
const sgr = /\x1b\[[0-9;:]*m/g
const newlines = /\r\n?|[\u2028\u2029\x85]/g
const remaining = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g
/** Bidirectional overrides and isolates can make a command read as another one. */
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const suspicious = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/
/* biome-ignore-end lint/suspicious/noControlCharactersInRegex: end of the block. */

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')
}

/**
 * Plain text that is safe to print: control sequences are removed, `\n` and `\t` kept, other control
 * characters shown as `\x07`, bidirectional controls as `<U+202e>`.
 */
export function sanitize(text: string): string {
  if (!suspicious.test(text)) return text
  return text
    .replace(controlStrings, '')
    .replace(controlSequences, '')
    .replace(otherEscapes, '')
    .replace(newlines, '\n')
    .replace(remaining, (character) => `\\x${hex(character)}`)
    .replace(bidi, (character) => `<U+${hex(character)}>`)
    .toWellFormed()
}

/** As {@link sanitize}, but keeps colours and weights (SGR); each line that has any is closed by a reset. */
export function sanitizeAnsi(text: string): string {
  return text
    .replace(newlines, '\n')
    .split('\n')
    .map((line) => {
      const styles = line.match(sgr)
      if (!styles) return sanitize(line)
      const parts = line.split(sgr).map(sanitize)
      return `${parts.map((part, index) => part + (styles[index] ?? '')).join('')}\x1b[0m`
    })
    .join('\n')
}

/** One line of at most `limit` characters: newlines become `↵`, a cut end is marked by `…`. */
export function oneLine(text: string, limit = 4096): string {
  // Cut before cleaning: a tool's result may be many megabytes, and only this much is shown.
  const line = sanitize(text.slice(0, limit * 4))
    .trim()
    .replace(/[ \t]*\n\s*/g, ' ↵ ')
    .replace(/\t/g, ' ')
  return line.length > limit ? `${line.slice(0, Math.max(0, limit - 1)).toWellFormed()}…` : line
}
