// biome-ignore-all lint/suspicious/noControlCharactersInRegex: control characters are keys.
import type {PagerKey} from './state.js'

/** Whole sequences, each a key, and runs of text; the input is filtered already. */
const PARTS =
  /\x1b\[200~|\x1b\[201~|\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[@-~]|\x1b[^\x1b]?|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/gu

const sequences: Readonly<Record<string, PagerKey['name']>> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[C': 'right',
  '\x1bOC': 'right',
  '\x1b[D': 'left',
  '\x1bOD': 'left',
  '\x1b[5~': 'pageup',
  '\x1b[6~': 'pagedown',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[7~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\x1b[8~': 'end',
  '\x1b': 'escape',
  '\x1b[27u': 'escape',
  '\r': 'return',
  '\n': 'return',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x02': 'ctrl-b',
  '\x03': 'ctrl-c',
  '\x04': 'ctrl-d',
  '\x06': 'ctrl-f',
  '\x0c': 'ctrl-l',
  '\x0f': 'ctrl-o',
  '\x15': 'ctrl-u',
  '\x1a': 'ctrl-z',
}

/** Keys of a chunk of input; what is none of the pager's is left out. `typing`: text is one key, else each letter is. */
export function pagerKeys(input: string): PagerKey[] {
  return (input.match(PARTS) ?? []).flatMap((part): PagerKey[] => {
    const name = Object.hasOwn(sequences, part) ? sequences[part] : undefined
    if (name !== undefined && name !== 'text') return [{name}]
    if (/^[\x00-\x1f\x7f]/.test(part)) return []
    return Array.from(part.replace(/[\x80-\x9f]/g, ''), (text) => ({name: 'text', text}))
  })
}
