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
const suspicious =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufff9-\ufffb]|\p{Default_Ignorable_Code_Point}/u
/* biome-ignore-end lint/suspicious/noControlCharactersInRegex: end of the block. */

/**
 * What a terminal does not show: bidirectional controls, which can make a command read as another one, and characters
 * without width, in which a text can be hidden in another. The flags of England, Scotland and Wales are made of them.
 */
const hidden =
  /\u{1f3f4}\u{e0067}\u{e0062}\p{Default_Ignorable_Code_Point}{3}\u{e007f}|[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu
const flags =
  /^\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}$/u
/** In these scripts the joiners decide the form of a letter. */
const joined = /[\p{L}\p{M}]/u
const european = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u
const picture = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u
const selector = /\p{Variation_Selector}/u

/** The character itself where it does its work in an emoji or a script, else its name. */
function unhidden(character: string, offset: number, text: string): string {
  if (character.startsWith('\u{1f3f4}'))
    return flags.test(character) ? character : Array.from(character, nameOf).join('')
  const before = characterBefore(text, offset)
  const after = String.fromCodePoint(text.codePointAt(offset + character.length) ?? 0x20)
  const isJoiner = character === '\u200d' || character === '\u200c'
  const letters = joined.test(before) && !european.test(before)
  const joins = letters || (character === '\u200d' && picture.test(before) && picture.test(after))
  // One behind a character chooses its form; a row of them says something that nobody sees.
  const chooses = selector.test(character) && before > '\x7f' && !selector.test(before) && before.trim() !== ''
  const isKey = character === '\ufe0f' && /[0-9#*]/.test(before) && after === '\u20e3'
  return (isJoiner && joins) || chooses || isKey ? character : nameOf(character)
}

function characterBefore(text: string, offset: number): string {
  const low = text.charCodeAt(offset - 1)
  const pair = low >= 0xdc00 && low <= 0xdfff
  return text.slice(Math.max(0, offset - (pair ? 2 : 1)), offset)
}

function nameOf(character: string): string {
  return character === '\u{1f3f4}' ? character : `<U+${hex(character)}>`
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')
}

/**
 * Plain text that is safe to print: control sequences are removed, `\n` and `\t` kept, other control
 * characters shown as `\x07`, bidirectional controls and what has no width as `<U+202e>`.
 */
export function sanitize(text: string): string {
  if (!suspicious.test(text)) return text
  return text
    .replace(controlStrings, '')
    .replace(controlSequences, '')
    .replace(otherEscapes, '')
    .replace(newlines, '\n')
    .replace(remaining, (character) => `\\x${hex(character)}`)
    .replace(hidden, unhidden)
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
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ↵ ')
    .replace(/\t/g, ' ')
  return line.length > limit ? `${line.slice(0, Math.max(0, limit - 1)).toWellFormed()}…` : line
}
