import {readFileSync} from 'node:fs'
import path from 'node:path'

/** Larger numbers stand for no limit: version 1 writes 2^63 rounded to pages. */
const UNLIMITED = 2 ** 60

/** A folder that may be that of this process's memory cgroup. */
export interface CgroupFolder {
  version: 1 | 2
  directory: string
}

export interface CgroupMemory {
  /** Bytes; undefined: none, or not readable. */
  limit: number | undefined
  used: number | undefined
  version: 1 | 2 | undefined
}

/** The memory cgroup of this process, as it is watched. */
export interface WatchedCgroup {
  /** What all of it holds, bytes, without the file cache, which the kernel takes back first. */
  heldBytes(): number | undefined
  /**
   * Whether no other process of it holds more than this one: the kernel kills the largest. One that it has
   * killed is listed no more, and yet for some time holds what it had.
   */
  isLargest(heldBytes: number): boolean
}

/** Inside a container the path of the host may not exist, then the mount's root is ours. `root` is for tests. */
export function cgroupFolders(root = ''): CgroupFolder[] {
  const folders: CgroupFolder[] = []
  for (const line of readText(`${root}/proc/self/cgroup`)?.split('\n') ?? []) {
    const [id, controllers, ...rest] = line.split(':')
    const version = id === '0' && controllers === '' ? 2 : 1
    if (version === 1 && !controllers?.split(',').includes('memory')) continue
    const mount = version === 2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory'
    for (const directory of [path.posix.join(mount, rest.join(':')), mount]) folders.push({version, directory})
  }
  return folders
}

/** Limit and use of the memory cgroup of this process. */
export function readCgroupMemory(root = ''): CgroupMemory {
  const found = findCgroup(root)
  if (!found) return {limit: undefined, used: undefined, version: undefined}
  const {version, directory} = found
  const limit = numberIn(`${root}${directory}/${version === 2 ? 'memory.max' : 'memory.limit_in_bytes'}`)
  return {limit, used: usedIn(root, found), version}
}

/** Undefined where there is none. A look at both of it takes 0.1 ms. */
export function watchCgroup(root = ''): WatchedCgroup | undefined {
  const found = findCgroup(root)
  if (!found) return undefined
  const folder = `${root}${found.directory}`
  return {
    heldBytes() {
      const used = usedIn(root, found)
      return used && Math.max(0, used - statOf(folder, 'active_file') - statOf(folder, 'inactive_file'))
    },
    isLargest(heldBytes) {
      const own = residentBytes('self')
      const pids = readText(`${folder}/cgroup.procs`)?.match(/\d+/g) ?? []
      const others = pids.filter((pid) => Number(pid) !== process.pid).map(residentBytes)
      const nobodys = heldBytes - statOf(folder, 'shmem') - others.reduce((sum, bytes) => sum + bytes, own)
      return [...others, nobodys].every((bytes) => bytes <= own)
    },
  }

  /** `statm` counts in pages, whose size Node does not tell. */
  function residentBytes(pid: string): number {
    return Number(readText(`${root}/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1] ?? 0) * 1024
  }
}

function findCgroup(root: string): CgroupFolder | undefined {
  return cgroupFolders(root).find((folder) => usedIn(root, folder) !== undefined)
}

function usedIn(root: string, {version, directory}: CgroupFolder): number | undefined {
  return numberIn(`${root}${directory}/${version === 2 ? 'memory.current' : 'memory.usage_in_bytes'}`)
}

/** Version 1 counts what lies in groups below under names of their own. */
function statOf(folder: string, name: string): number {
  const stat = readText(`${folder}/memory.stat`) ?? ''
  const of = (key: string) => stat.match(new RegExp(`^${key} (\\d+)$`, 'm'))?.[1]
  return Number(of(`total_${name}`) ?? of(name) ?? 0)
}

function numberIn(file: string): number | undefined {
  const text = readText(file)?.trim()
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
  return value === undefined || value >= UNLIMITED ? undefined : value
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
