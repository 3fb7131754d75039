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

/** Control sequences are removed, other control and direction-changing characters too; at most `max` characters. */
export function harmless(text: string, max: number): string {
  const plain = stripControlSequences(text)
    .replaceAll('\t', '  ')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
  return plain.length > max ? `${plain.slice(0, max)}… [truncated ${plain.length - max} chars]` : plain
}
