import type {ChildProcess} from 'node:child_process'
import {errnoOf} from '../../../errors.js'
import {isWindows} from '../../../platform.js'
import {MARK} from './mark.js'

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
  /** Ends the whole group, and what left it with the mark: SIGTERM, and SIGKILL when the shell has ended or after `graceMs`. */
  kill(graceMs: number): Promise<void>
}

const DRAIN_MS = 250
/** SIGKILL is certain but for a process in an uninterruptible wait, which must not hold the turn. */
const KILLED_MS = 2000

/**
 * Runs its arguments beside a guard. The guard waits on a pipe that only this process holds: its end says that
 * this process died, however that was, and then the group goes too, and before it what left the group with the command's
 * mark (itself it would end before the rest). The guard holds none of the command's pipes, and its shell waits for it, so
 * that no zombie is left where nobody reaps them.
 */
const guarded = `exec 2>&1
left() {
  PATH=/usr/local/bin:/usr/bin:/bin
  read -r me rest </proc/self/stat
  for file in $(grep -lsF "${MARK}=$${MARK}" /proc/[0-9]*/environ); do
    pid=\${file#/proc/} pid=\${pid%/environ}
    [ "$pid" = "$me" ] || kill -KILL "$pid"
  done
}
{ read -r line <&3 || { [ -z "$${MARK}" ] || left; kill -KILL 0; }; } >/dev/null 2>&1 </dev/null &
hermes_guard=$!
"$@" 3<&-
status=$?
exec 2>/dev/null
kill "$hermes_guard"
wait "$hermes_guard"
exit "$status"`

/** What is run: text for `/bin/sh`, or a program by its path with the very arguments that it gets. */
export type CommandToRun = {shell: string} | {program: string; args: readonly string[]}

/** Runs a command in a process group of its own, without standard input. */
export async function startCommand(options: {
  command: CommandToRun
  cwd: string
  env: NodeJS.ProcessEnv
  /** Of all that the command starts; default none. */
  mark?: string | undefined
  onOutput: (chunk: Buffer) => void
}): Promise<RunningCommand> {
  const {spawn} = await import('node:child_process')
  const {command, cwd, mark, onOutput} = options
  const env = mark === undefined ? options.env : {...options.env, [MARK]: mark}
  const child = isWindows
    ? spawn('shell' in command ? command.shell : command.program, 'shell' in command ? [] : command.args, {
        cwd,
        env,
        shell: 'shell' in command,
        windowsHide: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    : spawn('/bin/sh', ['-c', guarded, 'hermes', ...wordsOf(command)], {
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
      guard?.destroy()
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
  return {pid: child.pid, ended, kill: (graceMs) => killGroup(child, ended, {graceMs, mark})}
}

export function wordsOf(command: CommandToRun): readonly string[] {
  return 'shell' in command ? ['/bin/sh', '-c', command.shell] : [command.program, ...command.args]
}

async function killGroup(
  child: ChildProcess,
  ended: Promise<unknown>,
  {graceMs, mark}: {graceMs: number; mark: string | undefined},
): Promise<void> {
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
  // Closed: the shell has ended and nobody holds its output. To ask for the group itself would not
  // do, because it is there as long as a zombie of it is.
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  signalGroup(pid, 'SIGTERM')
  const over = within(graceMs, closed)
  const left = mark === undefined ? over : endLeft(mark, over)
  await over
  // Whatever is left, also behind a shell that has ended.
  signalGroup(pid, 'SIGKILL')
  await left
  await within(KILLED_MS, ended)
}

async function endLeft(mark: string, over: Promise<unknown>): Promise<void> {
  const {endMarked} = await import('./marked.js')
  await endMarked((each) => each === mark, over)
}

/** Waits for `event`, at most so long. */
async function within(ms: number, event: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([event, late])
  clearTimeout(timer)
}

/** A group that is gone, or that is not ours (a `sudo`), is nothing to tell. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    const code = errnoOf(error)
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
