import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'

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
  const name = `hermes-drill-${process.pid}`
  const limit = String(limitBytes)
  for (const line of readText(`${root}/proc/self/cgroup`).split('\n')) {
    const [id, controllers, ...rest] = line.split(':')
    const group = rest.join(':')
    if (controllers?.split(',').includes('memory')) {
      const own = path.join(`${root}/sys/fs/cgroup/memory`, group)
      if (!existsSync(`${own}/memory.limit_in_bytes`)) continue
      const limits = [
        {file: 'memory.limit_in_bytes', value: limit, needed: true},
        {file: 'memory.memsw.limit_in_bytes', value: limit, needed: false},
      ]
      return {own, small: path.join(own, name), limits}
    }
    if (id === '0' && controllers === '') {
      const own = path.join(`${root}/sys/fs/cgroup`, group)
      // A group with processes in it has none below it that count memory: it is made beside it.
      if (group === '/' || !existsSync(`${own}/memory.max`)) continue
      const limits = [
        {file: 'memory.max', value: limit, needed: true},
        {file: 'memory.swap.max', value: '0', needed: false},
      ]
      return {own, small: path.join(path.dirname(own), name), limits}
    }
  }
  return undefined
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
