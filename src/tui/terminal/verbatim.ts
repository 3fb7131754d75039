import {randomHex} from '../../platform.js'
import {softWrapped} from '../text/wrap.js'
import {printable} from '../transcript/printable.js'
import {KEYBOARD_POPPED, KEYBOARD_PUSHED} from './held-terminal.js'
import {LiveRows} from './live-rows.js'
import type {TerminalOutput} from './streams.js'

/** To erase its frame Ink moves up and erases; the modes of the terminal it sets apart from that. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const erasure = /\x1b\[\d*[AJK]/

/**
 * Rows that go to the terminal as they are. Ink takes all that it prints apart into an object for each character: of
 * 2.3 GB that were allocated for a reply of 1.3 MB in 200 000 deltas, 1.8 were such objects, and a third
 * of the screen's time while a reply streams. So it prints marks in the place of rows, and the rows take that place on
 * their way out.
 */
export class Verbatim {
  /** For Ink: the terminal, but for the marks. */
  readonly stdout: TerminalOutput
  /** Nobody outside can write a mark: they would have to guess this. */
  readonly #nonce = randomHex(8)
  readonly #marks = new RegExp(`${this.#nonce}:(\\d+);|[\ue000-\uf8ff]`, 'g')
  readonly #held = new Map<number, string>()
  readonly #live = new LiveRows()
  #erases = true

  /** `onKeyboard`: Ink turns the kitty keyboard protocol on or off, which it does in writes of their own. */
  constructor(stdout: TerminalOutput, onKeyboard?: (pushed: boolean) => void) {
    const write = (data: unknown, ...rest: unknown[]) => {
      if (data === KEYBOARD_PUSHED || data === KEYBOARD_POPPED) onKeyboard?.(data === KEYBOARD_PUSHED)
      return !this.#erases && typeof data === 'string' && erasure.test(data)
        ? true
        : (stdout.write as (...args: unknown[]) => boolean)(
            typeof data === 'string' ? this.#filled(data) : data,
            ...rest,
          )
    }
    this.stdout = new Proxy(stdout, {
      get: (target, name) => {
        if (name === 'write') return write
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  /** What is to be printed in the place of the text, once. */
  markOf(id: number, text: string): string {
    this.#held.set(id, text)
    return `${this.#nonce}:${id};`
  }

  /** What is to be printed in the place of the live part's rows. */
  frame(rows: readonly string[]): string {
    return this.#live.frame(rows).join('\n')
  }

  /** Runs `work`; the frame that Ink erases in it stays. */
  withoutErasing<T>(work: () => T): T {
    this.#erases = false
    try {
      return work()
    } finally {
      this.#erases = true
    }
  }

  #filled(data: string): string {
    return data.replace(this.#marks, (mark, digits: string | undefined) =>
      digits === undefined ? this.#liveRow(mark) : this.#heldText(Number(digits)),
    )
  }

  #heldText(id: number): string {
    const text = this.#held.get(id) ?? ''
    this.#held.delete(id)
    return text
  }

  /** Until all is drawn anew for a terminal that was made narrower, its rows are cut: one that wrapped would stay. */
  #liveRow(sign: string): string {
    return softWrapped([printable(this.#live.rowOf(sign))], this.stdout.columns || Number.POSITIVE_INFINITY)[0] ?? ''
  }
}
