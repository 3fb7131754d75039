import {readFileSync, statSync} from 'node:fs'
import {untilMultiple} from '../../together.js'
import {cgroupFolders} from './memory-cgroup.js'

/**
 * How many processes of this memory cgroup the kernel has killed for want of memory, or undefined
 * where it can't be read. A child starts in its parent's cgroup, so a counter that grew when it
 * died tells an OOM kill from another SIGKILL (15 of 15, none false, when measured).
 */
export function readOomKills(root = ''): number | undefined {
  return readOomCounter(root)?.kills
}

export interface OomCounter {
  kills: number
  /** Which counter it is: two runs are in two cgroups, and one of the same name may be another. */
  group: string
}

export function readOomCounter(root = ''): OomCounter | undefined {
  const file = counterFile(root)
  const kills = file === undefined ? undefined : killsIn(file)
  if (file === undefined || kills === undefined) return undefined
  return {kills, group: `${file.slice(root.length)} ${inodeOf(file)}`}
}

/** {@link readOomKills} that looks for the counter once: a death need not wait 0.2 ms for it. */
function oomKillsReader(): () => number | undefined {
  const file = counterFile('')
  return () => (file === undefined ? undefined : killsIn(file))
}

function counterFile(root: string): string | undefined {
  const files = cgroupFolders(root).flatMap(({version, directory}) =>
    (version === 2 ? ['memory.events.local', 'memory.events'] : ['memory.oom_control']).map(
      (name) => `${root}${directory}/${name}`,
    ),
  )
  return files.find((file) => killsIn(file) !== undefined)
}

function killsIn(file: string): number | undefined {
  const found = readText(file)?.match(/^oom_kill (\d+)$/m)
  return found ? Number(found[1]) : undefined
}

/** Two of these: the kernel counts a kill before the process is gone, which takes it some hundred milliseconds. */
const SAMPLE_MS = 1000

export interface OomWindow {
  /** Kills since the sample before the last one, so in the last one to two seconds. Undefined where nobody counts. */
  kills(): number | undefined
  stop(): void
}

/**
 * Watches the counter while a gateway lives: a tool of it that was killed for want of memory an hour
 * ago must not be taken for the cause of a SIGKILL now.
 */
export function watchOomKills(read: () => number | undefined = oomKillsReader(), sampleMs = SAMPLE_MS): OomWindow {
  let before = read()
  let last = before
  let timer: NodeJS.Timeout
  const sample = () => {
    before = last
    last = read()
    next()
  }
  const next = () => {
    timer = setTimeout(sample, untilMultiple(sampleMs))
    timer.unref()
  }
  next()
  return {
    kills() {
      const now = read()
      return now === undefined || before === undefined ? undefined : Math.max(0, now - before)
    },
    stop: () => clearTimeout(timer),
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, {throwIfNoEntry: false})?.ino
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
