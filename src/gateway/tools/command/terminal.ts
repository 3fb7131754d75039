import {errnoOf} from '../../../errors.js'
import {defineTool} from '../define.js'
import {resolvePath} from '../paths.js'
import type {ProvedCommand, Tool} from '../types.js'
import type {CommandToRun} from './process-group.js'

const DEFAULT_TIMEOUT_S = 120
const MAX_TIMEOUT_S = 3600

export function createTerminal(): Tool {
  return defineTool({
    name: 'terminal',
    toolset: 'terminal',
    description:
      'Runs a shell command and returns its output (stdout and stderr together) and exit code. There is no terminal and no input. The person is asked first unless the command plainly only reads or is allowed by a rule.',
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
      const given = folder ? resolvePath(context.cwd, folder) : context.cwd
      const cwd = await realFolder(given)
      if (cwd === undefined) return {error: `terminal: the directory ${given} does not exist`}
      const permit = await context.permit({access: {tool: 'bash', command, cwd}, title: 'Run a shell command'})
      if (!permit.allowed) return {error: `terminal: ${permit.reason}`, denied: true}
      const {signal} = context
      try {
        if (signal.aborted) return {error: 'terminal: interrupted before it ran', interrupted: true}
        const {runCommand} = await import('./run.js')
        const timeoutMs = timeout * 1000
        const run = permit.proved ? await commandOf(permit.proved) : {command: {shell: command}, env: context.env}
        return await runCommand({...run, cwd, timeoutMs, signal, progress: context.progress})
      } finally {
        await permit.proved?.release()
      }
    },
  })
}

/** What was approved is where it runs: a link that is turned round meanwhile leads nowhere else. */
async function realFolder(folder: string): Promise<string | undefined> {
  const {realpath, stat} = await import('node:fs/promises')
  try {
    const real = await realpath(folder)
    return (await stat(real)).isDirectory() ? real : undefined
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'ELOOP') return undefined
    throw error
  }
}

/**
 * From the words that were judged. One command needs no shell at all; pipes and lists are put together anew from quoted
 * words.
 */
async function commandOf({script, env}: ProvedCommand): Promise<{command: CommandToRun; env: NodeJS.ProcessEnv}> {
  const {onlyCommand, renderScript} = await import('../../../permissions/shell/render.js')
  const only = onlyCommand(script)
  if (!only || only.cwd !== undefined || only.stdout || only.stderr)
    return {command: {shell: renderScript(script)}, env}
  const {program, args, env: changes} = only
  const changed = Object.entries({...env, ...changes}).filter(([, value]) => value !== undefined)
  return {command: {program, args}, env: Object.fromEntries(changed)}
}
