import {type ChildProcess, spawn} from 'node:child_process'
import {errnoOf} from '../../../errors.js'
import {isWindows} from '../../../platform.js'

export interface ProcessEnd {
  code: number | null
  signal: NodeJS.Signals | null
  /** It could not be started. */
  failure: Error | undefined
}

export interface ServerProcess {
  pid: number | undefined
  stdin: NodeJS.WritableStream
  stdout: NodeJS.ReadableStream
  stderr: NodeJS.ReadableStream
  /** Resolves when it has ended and its output is read, at most 250 ms later. */
  ended: Promise<ProcessEnd>
  /** Ends it with all that it has started: its input ends and SIGTERM, then SIGKILL after `graceMs` or with our own end. */
  stop(graceMs: number): Promise<void>
}

const DRAIN_MS = 250

/**
 * As for commands, a guard waits on a pipe that only this process holds: with its end the group goes, however we ended. It
 * holds none of the server's pipes. A SIGTERM for the group is for the server alone: whatever does not obey it is still
 * guarded when this process is gone.
 */
const guarded = `trap : TERM
{ trap '' TERM; read -r line <&3 || kill -KILL 0; } >/dev/null 2>&1 </dev/null &
guard=$!
"$@" 3<&-
status=$?
exec 2>/dev/null
kill -KILL "$guard"
wait "$guard"
exit "$status"`

/** Starts a server in a process group of its own, under a guard. */
export function startServer(options: {
  command: string
  args: readonly string[]
  cwd: string
  env: Record<string, string>
}): ServerProcess {
  const {command, args, cwd, env} = options
  const child = isWindows
    ? spawn(command, args, {cwd, env, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe']})
    : spawn('/bin/sh', ['-c', guarded, 'hermes', command, ...args], {
        cwd,
        env,
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      })
  const guard = child.stdio[3]
  guard?.on('error', () => {})
  const {stdin, stdout, stderr} = child
  // Who writes to a server that ended hears of its end.
  stdin?.on('error', () => {})
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (failure) => resolve({code: null, signal: null, failure}))
    child.once('exit', (code, signal) => {
      guard?.destroy()
      // What it started may be there behind it.
      signalGroup(child, 'SIGKILL')
      const end = () => {
        clearTimeout(timer)
        stdout?.destroy()
        stderr?.destroy()
        resolve(endOf(code, signal))
      }
      const timer = setTimeout(end, DRAIN_MS)
      child.once('close', end)
    })
  })
  if (!stdin || !stdout || !stderr) throw new Error('a server was started without its pipes')
  return {pid: child.pid, stdin, stdout, stderr, ended, stop: (graceMs) => stop(child, ended, graceMs)}
}

/** A shell tells of a signal as 128 and its number. */
function endOf(code: number | null, signal: NodeJS.Signals | null): ProcessEnd {
  const name = code !== null && code > 128 ? signalNames.get(code - 128) : undefined
  return name && !isWindows ? {code: null, signal: name, failure: undefined} : {code, signal, failure: undefined}
}

const signalNames: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [6, 'SIGABRT'],
  [9, 'SIGKILL'],
  [11, 'SIGSEGV'],
  [13, 'SIGPIPE'],
  [15, 'SIGTERM'],
])

/** `exit code 1`, `SIGKILL`, `it could not be started: …` */
export function endText({code, signal, failure}: ProcessEnd): string {
  if (failure) return `it could not be started: ${failure.message}`
  if (code === 127) return 'exit code 127: its program was not found'
  if (code === 126) return 'exit code 126: its program can’t be run'
  return signal ?? `exit code ${code}`
}

async function stop(child: ChildProcess, ended: Promise<unknown>, graceMs: number): Promise<void> {
  child.stdin?.end()
  signalGroup(child, 'SIGTERM')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs)
  })
  await Promise.race([ended, late])
  clearTimeout(timer)
  signalGroup(child, 'SIGKILL')
}

/** A group that is gone, or that is not ours, is nothing to tell. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (isWindows) child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch (error) {
    const code = errnoOf(error)
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
