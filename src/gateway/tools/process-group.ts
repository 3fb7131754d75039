import type {ChildProcess} from 'node:child_process'
import {errnoOf} from '../../errors.js'
import {isWindows} from '../../platform.js'

export interface CommandEnd {
  code: number | null
  signal: NodeJS.Signals | null
  /** The shell itself could not be started. */
  failure: Error | undefined
}

export interface RunningCommand {
  pid: number | undefined
  /** Resolves when the shell has ended and its output is read, at most 250 ms later: a process in the background may hold the pipe for ever. */
  ended: Promise<CommandEnd>
  /** Ends the whole group: SIGTERM, and after `graceMs` SIGKILL. Resolves when none is left. */
  kill(graceMs: number): Promise<void>
}

const DRAIN_MS = 250
const POLL_MS = 20

/**
 * Waits on a pipe that only this process holds. A line says that the command ended by itself; end of
 * file says that this process died, and then the group goes too. It holds none of the command's pipes.
 */
const guarded = '{ read -r done <&3 || kill -KILL 0; } >/dev/null 2>&1 </dev/null & exec 3<&-; exec /bin/sh -c "$1"'

/** Runs a shell command in a process group of its own, without standard input. */
export async function startCommand(options: {
  command: string
  cwd: string
  env: NodeJS.ProcessEnv
  onOutput: (chunk: Buffer) => void
}): Promise<RunningCommand> {
  const {spawn} = await import('node:child_process')
  const {command, cwd, env, onOutput} = options
  const child = isWindows
    ? spawn(command, {cwd, env, shell: true, windowsHide: true, stdio: ['ignore', 'pipe', 'pipe']})
    : spawn('/bin/sh', ['-c', guarded, 'hermes', command], {
        cwd,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      })
  const guard = child.stdio[3]
  // The guard ends with its group; what is written then is for nobody.
  guard?.on('error', () => {})
  child.stdout?.on('data', onOutput)
  child.stderr?.on('data', onOutput)

  const ended = new Promise<CommandEnd>((resolve) => {
    child.once('error', (failure) => resolve({code: null, signal: null, failure}))
    child.once('exit', (code, signal) => {
      if (guard && 'end' in guard) guard.end('done\n')
      const end = () => {
        clearTimeout(timer)
        child.stdout?.destroy()
        child.stderr?.destroy()
        resolve({code, signal, failure: undefined})
      }
      const timer = setTimeout(end, DRAIN_MS)
      child.once('close', end)
    })
  })
  return {pid: child.pid, ended, kill: (graceMs) => killGroup(child, graceMs)}
}

async function killGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const {pid} = child
  if (pid === undefined) return
  if (isWindows) {
    const {spawn} = await import('node:child_process')
    await new Promise<void>((resolve) => {
      const killer = spawn('taskkill', ['/pid', String(pid), '/t', '/f'], {stdio: 'ignore', windowsHide: true})
      killer.once('error', () => resolve())
      killer.once('exit', () => resolve())
    })
    return
  }
  if (!signalGroup(pid, 'SIGTERM')) return
  if (await gone(pid, graceMs)) return
  signalGroup(pid, 'SIGKILL')
  // A process in an uninterruptible wait cannot be killed: it must not hold the turn.
  await gone(pid, 2000)
}

async function gone(group: number, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  for (;;) {
    if (!signalGroup(group, 0)) return true
    if (performance.now() >= until) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** False when there is no process in the group. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch (error) {
    // EPERM: there is one that is not ours, such as a sudo.
    return errnoOf(error) === 'EPERM'
  }
}
