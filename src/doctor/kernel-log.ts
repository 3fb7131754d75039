import {closeSync, constants, openSync, readFileSync, readSync} from 'node:fs'

/** The kernel killed this process for want of memory, by its own log. */
export interface KernelKill {
  pid: number
  /** UTC milliseconds, within a second or so. */
  time: number
  line: string
  /** Limit of the cgroup that was full; undefined where the machine was. */
  limitBytes?: number | undefined
}

/** More is not kept by any kernel. */
const MAX_RECORDS = 100_000
const RECORD_BYTES = 8192
const usage = /;memory: usage \d+kB, limit (\d+)kB/
const killed = /^\d+,\d+,(\d+),[^;]*;(.*\bKilled process (\d+) .*)$/m

/**
 * The out-of-memory kills in the kernel's log; none where it can't be read, which takes root or a
 * permissive system. Process ids are those of the machine: inside a container they are others.
 */
export function readKernelKills(file = '/dev/kmsg', boot = bootTime()): KernelKill[] {
  return boot === undefined ? [] : killsIn(recordsOf(file), boot)
}

/** Pure. `boot`: UTC milliseconds from which the records count. */
export function killsIn(records: Iterable<string>, boot: number): KernelKill[] {
  const kills: KernelKill[] = []
  let limit: number | undefined
  for (const record of records) {
    const told = usage.exec(record)?.[1]
    if (told !== undefined) limit = Number(told) * 1024
    const match = killed.exec(record)
    if (!match) continue
    const [, micros, line = '', pid] = match
    const limitBytes = line.startsWith('Memory cgroup') ? limit : undefined
    kills.push({pid: Number(pid), time: boot + Number(micros) / 1000, line, limitBytes})
  }
  return kills
}

function* recordsOf(file: string): Generator<string> {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const buffer = Buffer.alloc(RECORD_BYTES)
    // Each read is one record; behind the last one there is EAGAIN.
    for (let records = 0; records < MAX_RECORDS; records++) {
      const length = readSync(descriptor, buffer, 0, RECORD_BYTES, null)
      if (length === 0) return
      yield buffer.toString('utf8', 0, length)
    }
  } catch {
    // The end, or not for us to read: what was found counts.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function bootTime(): number | undefined {
  try {
    const seconds = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
    return seconds === undefined ? undefined : Number(seconds) * 1000
  } catch {
    return undefined
  }
}
