import {stripControlSequences} from '../../../control-sequences.js'
import {maskAddresses} from '../../../redact/index.js'
import {BoundedOutput, cutMark} from './bounded-output.js'
import {type CommandToRun, startCommand} from './process-group.js'

/** About 10 000 tokens in all. */
const HEAD_BYTES = 16 * 1024
const TAIL_BYTES = 24 * 1024
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
}

/** Runs a command to its end, its timeout or the interrupt, and says in the terms of the tool what came of it. */
export async function runCommand(options: RunOptions): Promise<Record<string, unknown>> {
  const {command, cwd, env, timeoutMs, signal, progress} = options
  const output = new BoundedOutput(HEAD_BYTES, TAIL_BYTES)
  const onOutput = (chunk: Buffer) => {
    output.push(chunk)
    // What is still to come is cut off: of a secret at its end too.
    progress?.(() => shown(output.toString() + cutMark(0, output.total)))
  }
  const running = await startCommand({command, cwd, env, onOutput})
  const cut = await Promise.race([running.ended.then(() => undefined), stopped(signal, timeoutMs, running.ended)])
  if (cut) await running.kill(KILL_GRACE_MS[cut])
  const end = await running.ended
  if (end.failure) return {error: `terminal: could not start the command: ${end.failure.message}`}
  return {
    output: shown(output.toString()),
    exit_code: end.code,
    ...(end.signal ? {signal: end.signal} : {}),
    ...(output.truncated ? {truncated: true, total_bytes: output.total} : {}),
    ...(cut === 'timeout' ? {timed_out: true, error: `terminal: ended after ${timeoutMs / 1000} s (timeout)`} : {}),
    ...(cut === 'interrupt' ? {interrupted: true, error: 'terminal: interrupted before it ended'} : {}),
  }
}

function shown(output: string): string {
  return maskAddresses(stripControlSequences(output))
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
