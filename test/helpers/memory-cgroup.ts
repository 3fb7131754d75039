import {rmdirSync} from 'node:fs'
import path from 'node:path'
import {makeSmallCgroup} from '../../src/doctor/drill/small-cgroup.js'

/** Whether a memory cgroup can be made here. */
export function canMakeMemoryCgroup(): boolean {
  const made = makeSmallCgroup(1 << 30)
  if (made) rmdirSync(path.dirname(made.procs))
  return made !== undefined
}
