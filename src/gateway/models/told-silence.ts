/**
 * Items as they come; `told` between two of them when nothing came for that long, once for each such silence.
 */
export async function* tellSilence<T, S>(items: AsyncIterable<T>, ms: number, told: S): AsyncGenerator<T | S> {
  const iterator = items[Symbol.asyncIterator]()
  let onSilence = () => {}
  // One for all: a new one for each item is most of what an item costs here.
  const timer = setTimeout(() => onSilence(), ms)
  try {
    for (;;) {
      const next = iterator.next()
      timer.refresh()
      const silent = await new Promise<boolean>((resolve, reject) => {
        onSilence = () => resolve(true)
        next.then(() => resolve(false), reject)
      })
      onSilence = () => {}
      if (silent) yield told
      const {done, value} = await next
      if (done) return
      yield value
    }
  } finally {
    clearTimeout(timer)
    // One that still waits for its next item ends by itself, once that comes or is given up.
    void iterator.return?.().catch(() => {})
  }
}
