import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {cgroupFolders} from '../../supervisor/death/memory-cgroup.js'

/** Where the memory of this process is counted, and what makes a group beside it small. */
interface Place {
  /** Group that this process is in. */
  own: string
  /** A group to be made. */
  small: string
  /** Files of the small one; those that this kernel lacks are left out. */
  limits: readonly {file: string; value: string; needed: boolean}[]
}

export interface SmallCgroup {
  /** What a process writes its pid into to become one of it. */
  readonly procs: string
  /** Its processes go back to where this one came from; it is removed. */
  remove(): Promise<void>
}

/** Runs `act` with this process in a small memory cgroup of its own, version 2 or 1; undefined where none may be made. */
export async function inSmallCgroup<T>(limitBytes: number, act: () => Promise<T>): Promise<T | undefined> {
  const small = makeSmallCgroup(limitBytes)
  if (!small) return undefined
  try {
    writeFileSync(small.procs, String(process.pid))
    return await act()
  } finally {
    await small.remove()
  }
}

/** Undefined where none may be made: it takes root, or a delegated group. */
export function makeSmallCgroup(limitBytes: number): SmallCgroup | undefined {
  const place = placeOf(limitBytes)
  if (!place || !make(place)) return undefined
  return {procs: path.join(place.small, 'cgroup.procs'), remove: () => leave(place)}
}

/** `root` is for tests. */
export function placeOf(limitBytes: number, root = ''): Place | undefined {
  const limit = String(limitBytes)
  for (const {version, directory} of cgroupFolders(root)) {
    const own = `${root}${directory}`
    // Of version 2 the root counts nothing, and where it is ours it has no place beside it.
    if (version === 2 && path.resolve(directory) === '/sys/fs/cgroup') continue
    if (!existsSync(`${own}/${version === 2 ? 'memory.max' : 'memory.limit_in_bytes'}`)) continue
    // A group of version 2 with processes in it has none below it that count memory: it is made beside it.
    const parent = version === 2 ? path.dirname(own) : own
    return {own, small: path.join(parent, `hermes-drill-${process.pid}`), limits: limitsOf(version, limit)}
  }
  return undefined
}

function limitsOf(version: 1 | 2, limit: string): Place['limits'] {
  return version === 2
    ? [
        {file: 'memory.max', value: limit, needed: true},
        {file: 'memory.swap.max', value: '0', needed: false},
      ]
    : [
        {file: 'memory.limit_in_bytes', value: limit, needed: true},
        {file: 'memory.memsw.limit_in_bytes', value: limit, needed: false},
      ]
}

function make({small, limits}: Place): boolean {
  try {
    mkdirSync(small)
  } catch {
    return false
  }
  try {
    for (const {file, value, needed} of limits) {
      if (needed || existsSync(`${small}/${file}`)) writeFileSync(`${small}/${file}`, value)
    }
    return true
  } catch {
    rmdirSync(small)
    return false
  }
}

/** What guards the gateways outlives their supervisor by a second; an occupied group can't be removed. */
async function leave({own, small}: Place): Promise<void> {
  for (let tries = 0; ; tries++) {
    for (const pid of readText(`${small}/cgroup.procs`).split('\n').filter(Boolean)) {
      try {
        writeFileSync(`${own}/cgroup.procs`, pid)
      } catch {
        // It has ended meanwhile.
      }
    }
    try {
      return rmdirSync(small)
    } catch (error) {
      if (tries === 100) throw error
      await sleep(50)
    }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
