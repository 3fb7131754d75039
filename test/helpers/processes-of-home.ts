import {readdirSync, readFileSync} from 'node:fs'
import {setTimeout} from 'node:timers/promises'
import {isRunning} from './pty/processes.js'

/**
 * Processes that were started with this home, and what they started: commands of tools too. Where the
 * environment of a process cannot be read, those of `known` that run.
 */
export function processesOfHome(home: string, known: readonly number[]): number[] {
  if (process.platform !== 'linux') return known.filter(isRunning)
  const variable = `HERMES_HOME=${home}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(variable)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Waits until none of them is left; the test's own timeout is the limit. */
export async function noneLeftOf(home: string, known: readonly number[]): Promise<void> {
  while (processesOfHome(home, known).length > 0) await setTimeout(10)
}
