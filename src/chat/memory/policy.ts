/** How much memory this process uses, bytes. */
export interface MemorySample {
  /** Resident. */
  rssBytes: number
  /** Used of V8's heap, garbage included. */
  heapBytes: number
  /** Of the cgroup, where it has a limit. */
  cgroup?: {
    /** What all of its processes hold, file cache apart. */
    heldBytes: number
    /** This process is the largest of them: the one that the kernel kills. */
    largest: boolean
  }
}

/** Bytes; undefined where there is no such limit. */
export interface MemoryLimits {
  /** Of the cgroup. */
  cgroupBytes: number | undefined
  /** Of V8's heap. */
  heapBytes: number
}

export interface MemoryPolicy {
  /** Per cent of a limit. */
  warnPercent: number
  criticalPercent: number
}

export interface MemoryVerdict {
  level: 'fine' | 'warning' | 'critical'
  /** The limit that is nearest. */
  limit: 'cgroup' | 'heap'
  usedBytes: number
  limitBytes: number
  /** 0 to 1 and beyond. */
  share: number
}

/**
 * How near the sample is to the limit that is nearest. What others of the cgroup hold counts where this
 * process would have to die of it; where another one is larger, that one dies.
 */
export function judgeMemory(sample: MemorySample, limits: MemoryLimits, policy: MemoryPolicy): MemoryVerdict {
  const {heapBytes, rssBytes, cgroup: group} = sample
  const heap = {limit: 'heap' as const, usedBytes: heapBytes, limitBytes: limits.heapBytes}
  const usedBytes = group?.largest ? Math.max(rssBytes, group.heldBytes) : rssBytes
  const cgroup = {limit: 'cgroup' as const, usedBytes, limitBytes: limits.cgroupBytes ?? Infinity}
  const nearest = shareOf(cgroup) > shareOf(heap) ? cgroup : heap
  const share = shareOf(nearest)
  const level =
    share * 100 >= policy.criticalPercent ? 'critical' : share * 100 >= policy.warnPercent ? 'warning' : 'fine'
  return {...nearest, level, share}
}

const shareOf = ({usedBytes, limitBytes}: {usedBytes: number; limitBytes: number}) =>
  limitBytes > 0 ? usedBytes / limitBytes : 0

/** Hardly anything fills memory faster: a gigabyte a second. */
const FASTEST_BYTES_PER_MS = 1_000_000

/** On its way to the limit the fastest climb is seen at least so often. */
const LOOKS_ON_THE_WAY = 4

const SHORTEST_WAIT_MS = 20
/** Milliseconds. */
export const LONGEST_WAIT_MS = 1000

/** How long the next sample may wait, milliseconds. */
export function nextSampleMs(sample: MemorySample, limits: MemoryLimits): number {
  const inCgroup = (limits.cgroupBytes ?? Infinity) - Math.max(sample.rssBytes, sample.cgroup?.heldBytes ?? 0)
  const free = Math.min(inCgroup, limits.heapBytes - sample.heapBytes)
  const wait = free / FASTEST_BYTES_PER_MS / LOOKS_ON_THE_WAY
  return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, wait))
}

/** An orderly end takes as long: 70 ms when measured. */
const ORDERLY_END_MS = 100

/**
 * Whether the limit is reached before an orderly end would be done, if it goes on like that. A heap is not judged
 * so: it climbs as fast with garbage.
 */
export function isTooFast(now: MemoryVerdict, sample: MemorySample, before: MemorySample, elapsedMs: number): boolean {
  if (now.limit !== 'cgroup' || now.level === 'fine' || elapsedMs <= 0) return false
  const perMs = (climbing(sample) - climbing(before)) / elapsedMs
  return now.usedBytes + perMs * ORDERLY_END_MS >= now.limitBytes
}

const climbing = ({rssBytes, cgroup}: MemorySample) => cgroup?.heldBytes ?? rssBytes
