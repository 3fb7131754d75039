import type {TerminalInput} from './streams.js'

/** The terminal tells when its window gets or loses the keyboard; on while a question is open. */
export const FOCUS_REPORTS_ON = '\x1b[?1004h'
export const FOCUS_REPORTS_OFF = '\x1b[?1004l'

const FOCUS_IN = '\x1b[I'

/**
 * Tells when the window gets the keyboard, before the keys that come with it. Ink drops these reports, and a second
 * reader would take the keys from it: what it reads is looked at on its way.
 */
export function watchFocus(stdin: TerminalInput, onFocus: () => void): {stop(): void} {
  const own = Object.getOwnPropertyDescriptor(stdin, 'read')
  const read = stdin.read
  stdin.read = function (this: TerminalInput, size?: number) {
    const chunk: string | Buffer | null = read.call(this, size)
    if (chunk?.includes(FOCUS_IN)) onFocus()
    return chunk as string | Buffer
  }
  return {
    stop() {
      if (own) Object.defineProperty(stdin, 'read', own)
      else Reflect.deleteProperty(stdin, 'read')
    },
  }
}
