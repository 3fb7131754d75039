import {InputFilter} from './input-filter.js'
import type {TerminalInput} from './streams.js'

/**
 * Ink reads this input without what nobody typed. It stays the one reader: a second one would take keys from it, so
 * what it reads is filtered on its way. `onFocus`: the window got the keyboard or lost it; told before the keys that come
 * with it. `onKeys`: something was typed.
 * `onAnswer`: what the terminal tells of itself (OSC), without its brackets. `onKitty`: it knows the kitty keyboard
 * protocol; told when Ink has heard it.
 */
export function filterInput(
  stdin: TerminalInput,
  {
    onFocus,
    onAnswer,
    onKeys,
    onKitty,
  }: {
    onFocus: (inFront: boolean) => void
    onAnswer: (text: string) => void
    onKeys?: () => void
    onKitty?: () => void
  },
): {stop(): void} {
  const filter = new InputFilter()
  const {read} = stdin
  const own = (['read', 'setEncoding'] as const).map(
    (name) => [name, Object.getOwnPropertyDescriptor(stdin, name)] as const,
  )
  let released = ''
  let silence = 0
  let timer: NodeJS.Timeout | undefined

  const settle = (count: number) => {
    // What came meanwhile was read first, and it was no silence.
    if (count !== silence) return
    released += filter.rest().keys
    listen()
    if (released !== '') stdin.emit('readable')
  }
  const listen = () => {
    clearTimeout(timer)
    const count = ++silence
    const {waits} = filter
    if (waits === undefined) return
    // A busy process is late for its timers, and then for its input: the input goes first.
    timer = setTimeout(() => setImmediate(settle, count), waits)
  }

  stdin.read = function (this: TerminalInput) {
    if (released !== '') {
      const keys = released
      released = ''
      return keys
    }
    for (;;) {
      const chunk: string | Buffer | null = read.call(stdin)
      if (chunk === null) return chunk as unknown as string
      const {keys, focusIn, focusOut, answers, knowsKitty} = filter.push(Buffer.from(chunk as string))
      listen()
      if (focusIn || focusOut) onFocus(focusIn)
      for (const answer of answers) onAnswer(answer)
      if (knowsKitty && onKitty) setImmediate(onKitty)
      if (keys === '') continue
      onKeys?.()
      return keys
    }
  }
  // A report of the mouse is no text in any encoding: it is read as bytes.
  stdin.setEncoding = () => stdin
  return {
    stop() {
      clearTimeout(timer)
      silence++
      for (const [name, descriptor] of own) {
        if (descriptor) Object.defineProperty(stdin, name, descriptor)
        else Reflect.deleteProperty(stdin, name)
      }
    },
  }
}
