/** What a terminal sends for a key without the kitty keyboard protocol. */
export const keys = {
  enter: '\r',
  'alt-enter': '\x1b\r',
  'shift-enter': '\x1b[13;2u',
  'ctrl-enter': '\x1b[13;5u',
  tab: '\t',
  escape: '\x1b',
  backspace: '\x7f',
  delete: '\x1b[3~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  'page-up': '\x1b[5~',
  'page-down': '\x1b[6~',
  'ctrl-a': '\x01',
  'ctrl-c': '\x03',
  'ctrl-d': '\x04',
  'ctrl-e': '\x05',
  'ctrl-g': '\x07',
  'ctrl-k': '\x0b',
  'ctrl-l': '\x0c',
  'ctrl-o': '\x0f',
  'ctrl-q': '\x11',
  'ctrl-r': '\x12',
  'ctrl-s': '\x13',
  'ctrl-u': '\x15',
  'ctrl-w': '\x17',
  'ctrl-y': '\x19',
  'ctrl-z': '\x1a',
  'ctrl-_': '\x1f',
  'alt-_': '\x1b_',
} as const

export type Key = keyof typeof keys

/** A paste as a terminal with bracketed paste sends it: newlines become carriage returns. */
export function pasted(text: string): string {
  return `\x1b[200~${text.replaceAll('\n', '\r')}\x1b[201~`
}
