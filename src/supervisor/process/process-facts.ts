import {readFileSync} from 'node:fs'

/** What the system says of a process that does not answer. Undefined where there is no `/proc`. */
export interface ProcessFacts {
  /** One letter: R runs or wants to, S sleeps, D waits for the disk, T stopped, Z dead. */
  state: string
  /** User and system time of all its threads so far, milliseconds. */
  cpuMs: number
}

/** Linux counts in 1/100 s towards user space, whatever the kernel's own tick is. */
const TICK_MS = 10

export function readProcessFacts(pid: number): ProcessFacts | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const cpu = Number(fields[11]) + Number(fields[12])
  return state && Number.isFinite(cpu) ? {state, cpuMs: cpu * TICK_MS} : undefined
}
