import {execFileSync} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'

export interface ProcessRow {
  pid: number
  parent: number
  /** One letter as `ps` shows it: `Z` is a zombie. */
  state: string
  command: string
}

function rowFromProc(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name is in parentheses and may hold spaces and parentheses itself.
    const [state = '?', parent = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return {pid, parent: Number(parent), state, command}
  } catch {
    // It ended while it was read.
    return undefined
  }
}

function fromProc(): ProcessRow[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return names.flatMap((name) => rowFromProc(Number(name)) ?? [])
}

function fromPs(): ProcessRow[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state=,args='], {encoding: 'utf8'}).split('\n')
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s*(.*)$/.exec(line)
    return match
      ? [{pid: Number(match[1]), parent: Number(match[2]), state: match[3] ?? '?', command: match[4] ?? ''}]
      : []
  })
}

/** Every process that this user can see. */
export function processTable(): ProcessRow[] {
  return process.platform === 'linux' ? fromProc() : fromPs()
}

export function processRow(pid: number): ProcessRow | undefined {
  return process.platform === 'linux' ? rowFromProc(pid) : fromPs().find((row) => row.pid === pid)
}

/** Children, their children and so on, without `pid` itself. */
export function descendantsOf(pid: number): ProcessRow[] {
  const table = processTable()
  const found: ProcessRow[] = []
  let parents = new Set([pid])
  while (parents.size > 0) {
    const children = table.filter((row) => parents.has(row.parent))
    found.push(...children)
    parents = new Set(children.map((row) => row.pid))
  }
  return found
}

export function childrenOf(pid: number): ProcessRow[] {
  return processTable().filter((row) => row.parent === pid)
}

/** True while the process runs; a zombie does not count. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const row = processRow(pid)
  return row !== undefined && row.state !== 'Z'
}

/** Resident memory in bytes: `rss`, and where the system tells it `pss` (shared pages split among their users) and `own`, which nobody shares. */
export function memoryOf(pid: number): {rss: number; pss?: number; own?: number} {
  if (process.platform !== 'linux') {
    const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], {encoding: 'utf8'})
    return {rss: Number(kilobytes) * 1024}
  }
  const field = (text: string, name: string) => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)
    return match ? Number(match[1]) * 1024 : undefined
  }
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const own = (field(rollup, 'Private_Clean') ?? 0) + (field(rollup, 'Private_Dirty') ?? 0)
  return {rss: field(rollup, 'Rss') ?? 0, pss: field(rollup, 'Pss'), own}
}

/** Open file descriptors of a process; undefined where the system does not tell. */
export function descriptorsOf(pid: number): number | undefined {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : undefined
}
