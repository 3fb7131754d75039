/**
 * Items as they come; `told` between two of them when nothing came for that long, once for each such silence.
 */
export async function* tellSilence<T, S>(items: AsyncIterable<T>, ms: number, told: S): AsyncGenerator<T | S> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = iterator.next()
      const first = await Promise.race([next, silence(next, ms)])
      if (first === 'silent') yield told
      const {done, value} = await next
      if (done) return
      yield value
    }
  } finally {
    // One that still waits for its next item ends by itself, once that comes or is given up.
    void iterator.return?.().catch(() => {})
  }
}

/** Resolves after that time, or never once the other has settled. */
function silence(other: Promise<unknown>, ms: number): Promise<'silent'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('silent'), ms)
    const stop = () => clearTimeout(timer)
    other.then(stop, stop)
  })
}
