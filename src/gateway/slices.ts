/** The same work for each item, with a slice for so many. */
export function* each<T>(items: Iterable<T>, work: (item: T) => void, perSlice = 1000): Generator<void> {
  let done = 0
  for (const item of items) {
    work(item)
    if (++done % perSlice === 0) yield
  }
}

/** Does work that comes in slices, one in each turn of the event loop. Returns what the work returns. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const {done, value} = work.next()
    if (done) return value
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
