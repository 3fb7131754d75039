/** Does work that comes in slices, one in each turn of the event loop. Returns what the work returns. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const {done, value} = work.next()
    if (done) return value
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
