import {collectGarbage} from '../../memory/collect-garbage.js'

/** From this size on V8's young generation grows no more, bytes; it may have doubled once more by then. */
const ENOUGH_BYTES = 8 * 1024 * 1024

/** How often it is looked how large that is, characters of a reply. */
const LOOK_CHARS = 32 * 1024

/** From this length on the heap is kept small, characters; a collection takes some 30 ms then. */
const HUGE_CHARS = 250_000

/**
 * Keeps the heap from growing with a long reply. The young generation doubles after any collection that leaves much, up
 * to 128 MB, and what a stream makes is garbage at once. The old one waits with its first collection until it has 60 MB,
 * of which 16 are used: 250 MB were resident at a reply of 1 M tokens, 150 are with this.
 */
export class LongReply {
  #sinceLook = 0
  #chars = 0
  #isHuge = false

  /** That many characters came in. */
  took(chars: number): void {
    this.#chars += chars
    this.#sinceLook += chars
    if (this.#sinceLook < LOOK_CHARS) return
    this.#sinceLook = 0
    // Loaded when a reply is long: it takes a millisecond.
    const v8 = process.getBuiltinModule('node:v8')
    const size = v8.getHeapSpaceStatistics().find(({space_name}) => space_name === 'new_space')?.space_size ?? 0
    if (size >= ENOUGH_BYTES) v8.setFlagsFromString('--semi-space-growth-factor=1')
    if (this.#isHuge || this.#chars < HUGE_CHARS) return
    this.#isHuge = true
    v8.setFlagsFromString('--heap-growing-percent=20')
    collectGarbage()
  }

  /** Before it is stored. */
  end(): void {
    if (!this.#isHuge) return
    process.getBuiltinModule('node:v8').setFlagsFromString('--heap-growing-percent=0')
    this.collect()
  }

  /** Also before it is told: storing one of 1 M tokens leaves 60 MB, and so much is needed again. */
  collect(): void {
    if (this.#isHuge) collectGarbage()
  }
}
