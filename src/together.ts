/**
 * Milliseconds to the next whole multiple of `ms` on the clock of this process, more than 0. Timers that wait so fire
 * together, which wakes a processor at rest once: five of their own woke it 13 times a second.
 */
export function untilMultiple(ms: number, now: number = performance.now()): number {
  return ms - (now % ms)
}
