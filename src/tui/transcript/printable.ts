import {sanitize} from '../text/sanitize.js'
import {stripSgr} from '../text/wrap.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be printed.
const controls = /[\x00-\x1f\x7f-\x9f]/

/** The last look at a row, whoever made it: no control but of colours goes to the terminal, and no blanks at its end. */
export function printable(row: string): string {
  const plain = row.includes('\t') ? row.replaceAll('\t', '    ') : row
  return (controls.test(plain.includes('\x1b') ? stripSgr(plain) : plain) ? sanitize(plain) : plain).trimEnd()
}
