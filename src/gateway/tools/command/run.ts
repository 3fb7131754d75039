import {BoundedOutput, cutMark} from './bounded-output.js'
import {OutputFile, type OutputPlace} from './output-file.js'
import {type CommandToRun, startCommand} from './process-group.js'
import {HEAD_BYTES, shown, TAIL_BYTES} from './shown-output.js'
import {noInput, wantedInput} from './wanted-input.js'

/** How long a group has to end after SIGTERM. An interrupted turn waits 150 ms for its tool. */
const KILL_GRACE_MS = {interrupt: 80, timeout: 2000} as const

export interface RunOptions {
  command: CommandToRun
  cwd: string
  env: NodeJS.ProcessEnv
  timeoutMs: number
  signal: AbortSignal
  /** Told of each part of the output; `read` gives what there is of it by then. */
  progress: ((read: () => string) => void) | undefined
  /** Of all that the command starts, see {@link MARK}; default none. */
  mark?: string | undefined
  /** Where its whole output goes, if that is more than is told; default nowhere. */
  keep?: OutputPlace | undefined
}

/** Of what a command left running so much is told. */
const MOST_LEFT = 10

/** Runs a command to its end, its timeout or the interrupt, and says in the terms of the tool what came of it. */
export async function runCommand(options: RunOptions): Promise<Record<string, unknown>> {
  const {command, cwd, env, timeoutMs, signal, progress, mark, keep} = options
  const output = new BoundedOutput(HEAD_BYTES, TAIL_BYTES)
  const whole = keep && new OutputFile(keep)
  const onOutput = (chunk: Buffer) => {
    whole?.push(chunk)
    output.push(chunk)
    // What is still to come is cut off: of a secret at its end too.
    progress?.(() => shown(output.toString() + cutMark(0, output.total)))
  }
  const running = await startCommand({command, cwd, env, mark, onOutput})
  const cut = await Promise.race([running.ended.then(() => undefined), stopped(signal, timeoutMs, running.ended)])
  if (cut) await running.kill(KILL_GRACE_MS[cut])
  const end = await running.ended
  // What is told in full needs no file.
  if (output.truncated) whole?.keep()
  else whole?.remove()
  const left = mark === undefined || cut || end.failure ? [] : await leftRunning(mark)
  if (end.failure) return {error: `terminal: could not start the command: ${end.failure.message}`}
  return {
    output: shown(output.toString()),
    exit_code: end.code,
    ...(end.signal ? {signal: end.signal} : {}),
    ...(output.truncated ? {truncated: true, total_bytes: output.total, ...(whole && kept(whole))} : {}),
    ...(end.code !== 0 && wantedInput(output.toString()) ? {wanted_input: noInput} : {}),
    ...(left.length > 0 ? {left_running: left} : {}),
    ...(cut === 'timeout' ? {timed_out: true, error: `terminal: ended after ${timeoutMs / 1000} s (timeout)`} : {}),
    ...(cut === 'interrupt' ? {interrupted: true, error: 'terminal: interrupted before it ended'} : {}),
  }
}

/** Which file has the whole of it. */
function kept({file, bytes, problem}: OutputFile): Record<string, unknown> {
  if (file === undefined) return problem === undefined ? {} : {output_not_kept: problem}
  return {output_file: file, ...(problem === undefined ? {} : {output_file_bytes: bytes, output_file_note: problem})}
}

/** Processes that go on though the command has ended. They end with the session. */
async function leftRunning(mark: string): Promise<{pid: number; command: string}[]> {
  const {commandLineOf, markedProcesses} = await import('./marked.js')
  const left = await markedProcesses((each) => each === mark)
  return left.slice(0, MOST_LEFT).map(({pid}) => ({pid, command: commandLineOf(pid)}))
}

/** Resolves with what ends the command early; never after it has ended by itself. */
function stopped(signal: AbortSignal, timeoutMs: number, ended: Promise<unknown>): Promise<'timeout' | 'interrupt'> {
  return new Promise((resolve) => {
    const interrupt = () => resolve('interrupt')
    const timer = setTimeout(() => resolve('timeout'), timeoutMs)
    signal.addEventListener('abort', interrupt, {once: true})
    if (signal.aborted) interrupt()
    void ended.then(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', interrupt)
    })
  })
}
