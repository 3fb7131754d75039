/** How much memory this process uses, bytes. */
export interface MemorySample {
  /** Resident. */
  rssBytes: number
  /** Used of V8's heap, garbage included. */
  heapBytes: number
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

/** How near the sample is to the limit that is nearest. */
export function judgeMemory(sample: MemorySample, limits: MemoryLimits, policy: MemoryPolicy): MemoryVerdict {
  const heap = {limit: 'heap' as const, usedBytes: sample.heapBytes, limitBytes: limits.heapBytes}
  const cgroup = {limit: 'cgroup' as const, usedBytes: sample.rssBytes, limitBytes: limits.cgroupBytes ?? Infinity}
  const nearest = shareOf(cgroup) > shareOf(heap) ? cgroup : heap
  const share = shareOf(nearest)
  const level =
    share * 100 >= policy.criticalPercent ? 'critical' : share * 100 >= policy.warnPercent ? 'warning' : 'fine'
  return {...nearest, level, share}
}

const shareOf = ({usedBytes, limitBytes}: {usedBytes: number; limitBytes: number}) =>
  limitBytes > 0 ? usedBytes / limitBytes : 0

/** How long the next sample may wait, milliseconds: a climb from a half to the end was seen to take 1.5 s. */
export function nextSampleMs(share: number, {warnPercent}: MemoryPolicy): number {
  const towardsWarning = (share * 100) / warnPercent
  if (towardsWarning < 0.4) return 2000
  return towardsWarning < 0.75 ? 500 : 50
}
