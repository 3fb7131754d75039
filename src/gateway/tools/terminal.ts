import {stripControlSequences} from '../../control-sequences.js'
import {isWindows} from '../../platform.js'
import {BoundedOutput} from './bounded-output.js'
import {isReadOnly} from './command-policy.js'
import {defineTool} from './define.js'
import {resolvePath} from './paths.js'
import {startCommand} from './process-group.js'
import type {Tool} from './types.js'

const DEFAULT_TIMEOUT_S = 120
const MAX_TIMEOUT_S = 3600
/** About 10 000 tokens in all. */
const HEAD_BYTES = 16 * 1024
const TAIL_BYTES = 24 * 1024
/** How long a group has to end after SIGTERM. An interrupted turn waits 150 ms for its tool. */
const KILL_GRACE_MS = {interrupt: 80, timeout: 2000} as const

export function createTerminal(): Tool {
  return defineTool({
    name: 'terminal',
    toolset: 'terminal',
    description:
      'Runs a shell command and returns its output (stdout and stderr together) and exit code. There is no terminal and no input. The person is asked first unless the command plainly only reads.',
    idempotent: false,
    arguments: {
      command: {
        type: 'string',
        description: 'The command, for /bin/sh',
        required: true,
        minLength: 1,
        maxLength: 100_000,
      },
      cwd: {type: 'string', description: 'Directory to run in (default: the working directory)'},
      timeout: {
        type: 'integer',
        description: `Seconds after which it is ended (default ${DEFAULT_TIMEOUT_S})`,
        minimum: 1,
        maximum: MAX_TIMEOUT_S,
      },
    },
    context: ({command}) => String(command ?? ''),
    async run({command, cwd: folder, timeout = DEFAULT_TIMEOUT_S}, context) {
      if (command.trim() === '') return {error: 'terminal: the command is empty'}
      if (command.includes('\0')) return {error: 'terminal: the command holds a zero byte'}
      const cwd = folder ? resolvePath(context.cwd, folder) : context.cwd
      if (isWindows || !isReadOnly(command)) {
        const permit = await context.permit({access: {tool: 'bash', command, cwd}, title: 'Run a shell command'})
        if (!permit.allowed) return {error: `terminal: ${permit.reason}`, denied: true}
        if (context.signal.aborted) return {error: 'terminal: interrupted before it ran', interrupted: true}
      }
      return await runCommand(command, cwd, timeout * 1000, context.signal)
    },
  })
}

async function runCommand(
  command: string,
  cwd: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const output = new BoundedOutput(HEAD_BYTES, TAIL_BYTES)
  const running = await startCommand({
    command,
    cwd,
    env: commandEnv(process.env),
    onOutput: (chunk) => output.push(chunk),
  })
  const cut = await Promise.race([running.ended.then(() => undefined), stopped(signal, timeoutMs, running.ended)])
  if (cut) await running.kill(KILL_GRACE_MS[cut])
  const end = await running.ended
  if (end.failure) {
    // A missing directory is reported by spawn as a missing shell.
    const {existsSync} = await import('node:fs')
    const why = existsSync(cwd) ? end.failure.message : `the directory ${cwd} does not exist`
    return {error: `terminal: could not start the command: ${why}`}
  }
  return {
    output: stripControlSequences(output.toString()),
    exit_code: end.code,
    ...(end.signal ? {signal: end.signal} : {}),
    ...(output.truncated ? {truncated: true, total_bytes: output.total} : {}),
    ...(cut === 'timeout' ? {timed_out: true, error: `terminal: ended after ${timeoutMs / 1000} s (timeout)`} : {}),
    ...(cut === 'interrupt' ? {interrupted: true, error: 'terminal: interrupted by the person'} : {}),
  }
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

/** Without the keys of model providers: a command's output goes to the model. Pagers and prompts would wait for ever. */
export function commandEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(?:ANTHROPIC|OPENAI|GEMINI|GOOGLE_GENERATIVE_AI|OPENROUTER|HERMES_.+)_API_KEY$/.test(name),
  )
  return {
    ...Object.fromEntries(kept),
    TERM: 'dumb',
    NO_COLOR: '1',
    PAGER: 'cat',
    GIT_PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
  }
}
