/** From this size on it grows no more, bytes; it may have doubled once more by then. */
const ENOUGH_BYTES = 8 * 1024 * 1024

/**
 * Keeps V8's young generation from growing with a long reply: it doubles after any collection that leaves much, up to
 * 128 MB, and what a stream makes is garbage at once. To be asked now and then.
 */
export function boundYoungGeneration(): void {
  // Loaded when a reply is long: it takes a millisecond.
  const v8 = process.getBuiltinModule('node:v8')
  const size = v8.getHeapSpaceStatistics().find(({space_name}) => space_name === 'new_space')?.space_size ?? 0
  if (size >= ENOUGH_BYTES) v8.setFlagsFromString('--semi-space-growth-factor=1')
}
