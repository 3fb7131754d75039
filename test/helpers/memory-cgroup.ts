import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {cgroupFolders} from '../../src/supervisor/memory-cgroup.js'

export interface MemoryCgroup {
  /** What a process writes its pid into to become one of it. */
  readonly procs: string
  /** Its processes go back to where they came from; it is removed. */
  remove(): Promise<void>
}

/** A memory cgroup with a limit, below that of this process; undefined where that can't be made: it takes root. */
export function makeMemoryCgroup(limitBytes: number): MemoryCgroup | undefined {
  const own = cgroupFolders().find(({directory}) => existsSync(path.join(directory, 'cgroup.procs')))
  if (!own) return undefined
  const folder = path.join(own.directory, `hermes-test-${process.pid}`)
  const limit = path.join(folder, own.version === 2 ? 'memory.max' : 'memory.limit_in_bytes')
  const procs = path.join(folder, 'cgroup.procs')
  try {
    mkdirSync(folder)
    if (existsSync(limit)) {
      writeFileSync(limit, String(limitBytes))
      return {procs, remove: () => remove(folder, own.directory)}
    }
    // Version 2 without the memory controller for groups below.
    rmdirSync(folder)
  } catch {
    // Not ours to make.
  }
  return undefined
}

/** Whether such a cgroup can be made here. */
export function canMakeMemoryCgroup(): boolean {
  const made = makeMemoryCgroup(1 << 30)
  if (made) rmdirSync(path.dirname(made.procs))
  return made !== undefined
}

/** What guards a gateway outlives its supervisor by a second; an occupied group can't be removed. */
async function remove(folder: string, parent: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    for (const pid of readFileSync(path.join(folder, 'cgroup.procs'), 'utf8').match(/\d+/g) ?? []) {
      try {
        writeFileSync(path.join(parent, 'cgroup.procs'), pid)
      } catch {
        // It has ended meanwhile.
      }
    }
    try {
      return rmdirSync(folder)
    } catch (error) {
      if (tries === 100) throw error
      await sleep(50)
    }
  }
}
