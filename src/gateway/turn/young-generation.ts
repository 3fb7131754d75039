/** From this size on it grows no more, bytes; it may have doubled once more by then. */
const ENOUGH_BYTES = 8 * 1024 * 1024

/** How often it is looked how large it is, characters of a reply. */
const LOOK_CHARS = 32 * 1024

/**
 * Keeps V8's young generation from growing with a long reply: it doubles after any collection that leaves much, up to
 * 128 MB, and what a stream makes is garbage at once.
 */
export class YoungGeneration {
  #chars = 0

  /** That many characters came in. */
  took(chars: number): void {
    this.#chars += chars
    if (this.#chars < LOOK_CHARS) return
    this.#chars = 0
    // Loaded when a reply is long: it takes a millisecond.
    const v8 = process.getBuiltinModule('node:v8')
    const size = v8.getHeapSpaceStatistics().find(({space_name}) => space_name === 'new_space')?.space_size ?? 0
    if (size >= ENOUGH_BYTES) v8.setFlagsFromString('--semi-space-growth-factor=1')
  }
}
