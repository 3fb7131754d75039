/**
 * Strings (OSC, DCS, …), CSI and other escapes. Not `stripVTControlCharacters` of Node: that one takes
 * 300 ms for a line of 8000 strings that do not end, this one reads each character once. A string that
 * does not end costs no more than its line.
 */
const CONTROL_SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g

/** The text without what would drive a terminal. Single control characters (line breaks, tabs, bells) stay. */
export function stripControlSequences(text: string): string {
  return text.replace(CONTROL_SEQUENCES, '')
}

/** Controls, what has no width or changes the direction, separators of lines, private characters, halves of surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * The text in one line, with everything made visible that a terminal would obey, hide or draw elsewhere: `\\u{1b}`,
 * `\\n`. Nothing is taken out: names of files and keys that differ look different.
 */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, (char) => (char === '\n' ? '\\n' : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`))
}

/** As {@link visibleText}, but line breaks stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n')
}

/** JSON that means the same and holds nothing of the kind: JSON itself escapes the controls below U+0020 only. */
export function visibleJson(json: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return json.replace(UNSEEN, (char) => (char === '\n' ? char : char.split('').map(escaped).join('')))
}

/** Control sequences are removed, other control and direction-changing characters too; at most `max` characters. */
export function harmless(text: string, max: number): string {
  const plain = stripControlSequences(text)
    .replaceAll('\t', '  ')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
  return plain.length > max ? `${plain.slice(0, max)}… [truncated ${plain.length - max} chars]` : plain
}
