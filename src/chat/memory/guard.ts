import {getHeapStatistics} from 'node:v8'
import {watchCgroup} from '../../supervisor/death/memory-cgroup.js'
import {untilMultiple} from '../../together.js'
import {
  isTooFast,
  judgeMemory,
  LONGEST_WAIT_MS,
  type MemoryLimits,
  type MemoryPolicy,
  type MemorySample,
  type MemoryVerdict,
  nextSampleMs,
} from './policy.js'

/**
 * A heap is full of garbage just before it is collected, and a cgroup of what a process had that has just been
 * killed: a second sample soon after must say so too.
 */
const AGAIN_AFTER_MS = 10

/** Beyond this share, of what is surely its own, there is no time for a second look. */
const NEAR_END = 0.96

/** Memory grows by steps: how fast it does is told by samples that lie so far apart. */
const CLIMB_OVER_MS = 50

/** The warning is given again after it was this far below. */
const REARM = 0.9

export interface MemoryGuardOptions {
  policy: MemoryPolicy
  onSample?: (sample: MemorySample, verdict: MemoryVerdict) => void
  onWarning: (verdict: MemoryVerdict, sample: MemorySample) => void
  /** Once: nothing is watched afterwards. */
  onCritical: (verdict: MemoryVerdict, sample: MemorySample) => void
  /** Default the real ones of this process. */
  limits?: MemoryLimits
  read?: () => MemorySample
}

export interface MemoryGuard {
  stop(): void
}

/** Watches the memory of this process, more often the nearer it is to a limit. Never keeps the process alive. */
export function guardMemory(options: MemoryGuardOptions): MemoryGuard {
  const {
    policy,
    limits = memoryLimits(),
    read = memoryReader(limits, policy),
    onSample,
    onWarning,
    onCritical,
  } = options
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let warned = false
  let suspected = false
  const earlier: {sample: MemorySample; at: number}[] = []

  function look(): void {
    if (stopped) return
    const sample = read()
    const verdict = judgeMemory(sample, limits, policy)
    onSample?.(sample, verdict)
    const full = verdict.level === 'critical' || climbsTooFast(verdict, sample)
    const itsOwn = verdict.limit === 'heap' || verdict.usedBytes === sample.rssBytes
    if (full && (suspected || (itsOwn && verdict.share >= NEAR_END))) {
      stop()
      onCritical(verdict, sample)
      return
    }
    if (verdict.level !== 'fine' && !warned) {
      warned = true
      onWarning(verdict, sample)
    } else if (verdict.share * 100 < policy.warnPercent * REARM) warned = false
    suspected = full
    const wait = nextSampleMs(sample, limits)
    timer = setTimeout(look, suspected ? AGAIN_AFTER_MS : wait === LONGEST_WAIT_MS ? untilMultiple(wait) : wait)
    timer.unref()
  }

  function climbsTooFast(verdict: MemoryVerdict, sample: MemorySample): boolean {
    const at = performance.now()
    earlier.push({sample, at})
    while (earlier[1] && at - earlier[1].at >= CLIMB_OVER_MS) earlier.shift()
    const [from] = earlier
    return from !== undefined && at - from.at >= CLIMB_OVER_MS && isTooFast(verdict, sample, from.sample, at - from.at)
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
  }

  look()
  return {stop}
}

/** A call takes 0.02 ms, and 0.1 more where the cgroup has a limit. */
export function memoryReader(
  {cgroupBytes: limit}: MemoryLimits,
  {warnPercent}: MemoryPolicy,
  cgroup = limit === undefined ? undefined : watchCgroup(),
): () => MemorySample {
  return () => {
    const sample = {rssBytes: process.memoryUsage.rss(), heapBytes: getHeapStatistics().used_heap_size}
    const heldBytes = cgroup?.heldBytes()
    if (heldBytes === undefined || limit === undefined) return sample
    const near = heldBytes * 100 >= limit * warnPercent
    return {...sample, cgroup: {heldBytes, largest: near && cgroup?.isLargest(heldBytes) === true}}
  }
}

export function memoryLimits(): MemoryLimits {
  const constrained = process.constrainedMemory()
  return {
    // Without a limit version 1 of cgroups says something near 2^63, and version 2 nothing.
    cgroupBytes: constrained > 0 && constrained < 2 ** 50 ? constrained : undefined,
    heapBytes:
      oldSpaceFlag([...process.execArgv, process.env.NODE_OPTIONS ?? '']) ?? getHeapStatistics().heap_size_limit * 0.95,
  }
}

/**
 * What V8 calls the limit holds a reserve for young objects that old ones never get: 192 MB on top of
 * 200 that were asked for, 192 on top of 4096 by default. Bytes; undefined without the flag.
 */
function oldSpaceFlag(flags: readonly string[]): number | undefined {
  const megabytes = [...flags.join(' ').matchAll(/--max[-_]old[-_]space[-_]size[= ](\d+)/g)].at(-1)?.[1]
  return megabytes === undefined || megabytes === '0' ? undefined : Number(megabytes) * 1024 * 1024
}
