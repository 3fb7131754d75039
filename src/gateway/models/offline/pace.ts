import {monotonicMs} from '../../monotonic.js'

/**
 * Lets `count` items through at `perSecond` on average: yields how many of them are due since the
 * last time. The schedule is counted from the start on the monotonic clock, so that a late timer or
 * a busy process does not slow the stream as a whole. Throws the signal's reason at once on abort.
 */
export async function* paced(count: number, perSecond: number, signal: AbortSignal): AsyncGenerator<number> {
  signal.throwIfAborted()
  const start = monotonicMs()
  let done = 0
  while (done < count) {
    const elapsed = monotonicMs() - start
    // The first item is due at once.
    const due = Math.min(count, Math.floor((elapsed / 1000) * perSecond) + 1)
    if (due > done) {
      const batch = due - done
      done = due
      yield batch
      signal.throwIfAborted()
    }
    // Also at a pace beyond the timer's: without a pause nothing else in the process would run.
    if (done < count) await pause((done / perSecond) * 1000 - (monotonicMs() - start), signal)
  }
}

/** Waits, and throws the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const finish = () => {
      signal.removeEventListener('abort', abort)
      resolve()
    }
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(finish, Math.max(1, ms))
    signal.addEventListener('abort', abort, {once: true})
  })
}
