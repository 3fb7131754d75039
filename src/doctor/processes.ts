import {readdirSync, readFileSync, readlinkSync, statSync} from 'node:fs'

export interface ProcessRow {
  pid: number
  ppid: number
  /** The kernel's short name. */
  name: string
  /** Program and arguments, as they were given. */
  argv: readonly string[]
  sameUser: boolean
}

/** What the system says only to the process's own user. */
export interface ProcessOrigin {
  /** The program file, links resolved. */
  program: string
  cwd: string
  /** As it was at the start. */
  env: NodeJS.ProcessEnv
}

/** All processes that can be seen; none where there is no `/proc`. */
export function listProcesses(): ProcessRow[] {
  return entries('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []))
}

function readProcess(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const close = stat.lastIndexOf(')')
    return {
      pid,
      ppid: Number(stat.slice(close + 2).split(' ')[1]),
      name: stat.slice(stat.indexOf('(') + 1, close),
      argv: wordsOf(`/proc/${pid}/cmdline`),
      sameUser: statSync(`/proc/${pid}`).uid === process.getuid?.(),
    }
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

/** Undefined where it has ended, or where the system does not tell. */
export function originOf(pid: number): ProcessOrigin | undefined {
  try {
    return {
      // What was replaced by an update has that behind its name.
      program: readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''),
      cwd: readlinkSync(`/proc/${pid}/cwd`),
      env: Object.fromEntries(
        wordsOf(`/proc/${pid}/environ`).flatMap((word) => {
          const sign = word.indexOf('=')
          return sign > 0 ? [[word.slice(0, sign), word.slice(sign + 1)]] : []
        }),
      ),
    }
  } catch {
    return undefined
  }
}

/** Each word ends with a NUL; a word can be empty. */
const wordsOf = (file: string) => readFileSync(file, 'utf8').split('\0').slice(0, -1)

/**
 * Whether the process that was started at that time still lives: a pid is used again. Where the
 * system does not tell when a process began, a living pid is taken for it.
 */
export function isAliveSince(pid: number, startedAt: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as {code?: unknown}).code !== 'EPERM') return false
  }
  const born = birthOf(pid)
  return born === undefined || Math.abs(born - startedAt) < 10_000
}

/** UTC milliseconds; within a second or so, since the system counts from its boot. */
function birthOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return 0
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
    return boot === undefined ? undefined : Number(boot) * 1000 + Number(fields[19]) * 10
  } catch {
    return undefined
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
