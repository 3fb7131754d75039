import {closeSync, constants, openSync, readFileSync, readSync} from 'node:fs'

/** The kernel killed this process for want of memory, by its own log. */
export interface KernelKill {
  pid: number
  /** UTC milliseconds, within a second or so. */
  time: number
  line: string
}

/** More is not kept by any kernel. */
const MAX_RECORDS = 100_000
const RECORD_BYTES = 8192
const killed = /^\d+,\d+,(\d+),[^;]*;(.*\bKilled process (\d+) .*)$/m

/**
 * The out-of-memory kills in the kernel's log; none where it can't be read, which takes root or a
 * permissive system. Process ids are those of the machine: inside a container they are others.
 */
export function readKernelKills(file = '/dev/kmsg', boot = bootTime()): KernelKill[] {
  const kills: KernelKill[] = []
  if (boot === undefined) return kills
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const buffer = Buffer.alloc(RECORD_BYTES)
    // Each read is one record; behind the last one there is EAGAIN.
    for (let records = 0; records < MAX_RECORDS; records++) {
      const length = readSync(descriptor, buffer, 0, RECORD_BYTES, null)
      if (length === 0) break
      const match = killed.exec(buffer.toString('utf8', 0, length))
      if (match) kills.push({pid: Number(match[3]), time: boot + Number(match[1]) / 1000, line: match[2] ?? ''})
    }
  } catch {
    // The end, or not for us to read: what was found counts.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
  return kills
}

function bootTime(): number | undefined {
  try {
    const seconds = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
    return seconds === undefined ? undefined : Number(seconds) * 1000
  } catch {
    return undefined
  }
}
