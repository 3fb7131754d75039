import {errnoOf} from '../../errors.js'

/** A stream that answers go to; a reader that leaves (`| head -1`) is no error. */
export interface Outlet {
  /** False once the reader has gone. */
  readonly open: boolean
  readonly isTerminal: boolean
  write(text: string): void
  /** Resolves when all that was written has been handed to the system, or the reader has gone. */
  flush(): Promise<void>
}

/**
 * `onGone` is called once, when a write finds no reader. Other errors of the stream (a full disk)
 * are given to `onError`, once.
 */
export function createOutlet(
  stream: NodeJS.WritableStream & {isTTY?: boolean},
  {onGone = () => {}, onError = () => {}}: {onGone?: () => void; onError?: (error: Error) => void} = {},
): Outlet {
  let open = true
  let pending = 0
  let waiting: (() => void)[] = []
  const settle = () => {
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const fail = (error: Error) => {
    if (!open) return
    open = false
    settle()
    // EIO: the terminal was closed under us.
    if (['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'].includes(errnoOf(error) ?? '')) onGone()
    else onError(error)
  }
  stream.on('error', fail)

  return {
    get open() {
      return open
    },
    isTerminal: stream.isTTY === true,
    write(text) {
      if (!open || text === '') return
      pending += 1
      stream.write(text, (error?: Error | null) => {
        pending -= 1
        if (error) fail(error)
        else if (pending === 0) settle()
      })
    },
    flush: () => (pending === 0 || !open ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}
