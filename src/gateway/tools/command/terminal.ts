import path from 'node:path'
import {errnoOf} from '../../../errors.js'
import {isWindows} from '../../../platform.js'
import {defineTool} from '../define.js'
import {resolvePath} from '../paths.js'
import type {Permit, ProvedCommand, Tool} from '../types.js'
import {handedOn, keepingArgs, type ShellState, withState} from './kept-shell.js'
import type {CommandToRun} from './process-group.js'

const DEFAULT_TIMEOUT_S = 120
const MAX_TIMEOUT_S = 3600

type Allowed = Extract<Permit, {allowed: true}>

const always = {
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
  background: {
    type: 'boolean',
    description:
      'Start it and do not wait: servers, watchers, long builds. Without a timeout; read it by job_output, end it by job_stop. It ends with the session (default false)',
  },
} as const

const inSandbox = {
  ...always,
  outside: {type: 'boolean', description: 'Outside of the sandbox; the person is asked (default false)'},
} as const

const asked = 'The person is asked first unless the command plainly only reads or is allowed by a rule.'
const boxed =
  'It runs in a sandbox: the working directory’s project can be written, everything else only read; there is no network, /tmp is empty each time, secrets and files that programs obey (git’s configuration and hooks, editors’ settings) are out of reach. For a command that needs more, say outside: the person is asked.'

export interface TerminalOptions {
  sandbox: boolean
  /** In which what the person was asked for runs; default `/bin/sh`. */
  shell: string | undefined
  /** Commands hand their folder and, where the person is asked, their exported variables on. Default false. */
  keepsShell?: boolean
}

/**
 * What nobody was asked for runs in `/bin/sh` whatever the person's shell is: rules judge commands as POSIX shells read
 * them, and what was judged is what runs.
 */
export function createTerminal({sandbox, shell, keepsShell = false}: TerminalOptions): Tool {
  const named = shell && path.basename(shell)
  const inShell = named ? ` A command that the person was asked for runs in ${named}, any other in /bin/sh.` : ''
  const goesOn = keepsShell
    ? ' A command begins in the directory where the last one that the person was asked for ended, and such a one with the variables that those before it exported.'
    : ''
  return defineTool({
    name: 'terminal',
    toolset: 'terminal',
    description: `Runs a shell command and returns its output (stdout and stderr together) and exit code. There is no terminal and no input. ${sandbox ? boxed : asked}${inShell}${goesOn}`,
    idempotent: false,
    arguments: sandbox ? inSandbox : (always as typeof inSandbox),
    context: ({command}) => String(command ?? ''),
    async run({command, cwd: folder, timeout = DEFAULT_TIMEOUT_S, outside = false, background = false}, context) {
      if (command.trim() === '') return {error: 'terminal: the command is empty'}
      if (command.includes('\0')) return {error: 'terminal: the command holds a zero byte'}
      const kept = context.shell?.state()
      // One that is gone since is gone for the next command as well.
      const from = kept?.cwd !== undefined && (await realFolder(kept.cwd)) !== undefined ? kept.cwd : context.cwd
      const given = folder ? resolvePath(from, folder) : from
      const cwd = await realFolder(given)
      if (cwd === undefined) return {error: `terminal: the directory ${given} does not exist`}
      if (background && isWindows) return {error: 'terminal: on Windows no command runs in the background'}
      if (background && !context.jobs) return {error: 'terminal: no command can run in the background here'}
      const exported = Object.keys(kept?.env ?? {})
      const withVariables = exported.length > 0 ? ` with ${exported.join(', ')} as set before` : ''
      const title = `Run a shell command${named ? ` in ${named}` : ''}${withVariables}${background ? ' in the background, where it goes on' : ''}${outside ? ' outside of the sandbox' : ''}`
      const permit = await context.permit({access: {tool: 'bash', command, cwd}, title, outside})
      if (!permit.allowed) return {error: `terminal: ${permit.reason}`, denied: true}
      const {signal} = context
      const release = async () => {
        await Promise.all([permit.proved?.release(), permit.sandboxed?.release()])
      }
      // One that was proved to only read changes nothing.
      const beforeIt = async () => (permit.proved ? undefined : context.checkpoint?.beforeCommand(signal))
      if (background && !signal.aborted) {
        const ended = await beforeIt()
        const place = context.command?.()
        const run = await runOf(permit, command, {env: context.env, shell, kept})
        const given = {
          ...run,
          run: run.command,
          command,
          cwd,
          mark: place?.mark ?? '',
          maxBytes: place?.keep.maxBytes ?? 0,
        }
        const job = await context.jobs?.start({...given, release})
        await ended?.()
        return permit.sandboxed ? {...job, sandboxed: true} : {...job}
      }
      try {
        if (signal.aborted) return {error: 'terminal: interrupted before it ran', interrupted: true}
        const {runCommand} = await import('./run.js')
        const timeoutMs = timeout * 1000
        const {mark, keep} = context.command?.() ?? {}
        const stateFile = context.shell && keep ? `${keep.file}.state` : undefined
        const run = await runOf(permit, command, {env: context.env, shell, kept, stateFile})
        // What is proved to only read starts nothing that could stay.
        const marked = permit.proved ? {} : {mark}
        const {progress} = context
        const ended = await beforeIt()
        const running = runCommand({...run, cwd, timeoutMs, signal, progress, keep, ...marked})
        // A person who interrupts waits for no look at what it did.
        const result = await running.finally(() => (signal.aborted ? void ended?.() : ended?.()))
        const state = stateFile === undefined ? undefined : handedOn(stateFile, context.env)
        if (state) context.shell?.keep(state)
        const moved = state?.cwd !== undefined && state.cwd !== from ? {cwd: state.cwd} : {}
        return permit.sandboxed ? {...result, sandboxed: true} : {...result, ...moved}
      } finally {
        await release()
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

interface RunPlace {
  env: NodeJS.ProcessEnv
  shell: string | undefined
  kept?: ShellState | undefined
  /** Where a command that the person was asked for writes what it hands on; default nothing is. */
  stateFile?: string | undefined
}

interface Run {
  command: CommandToRun
  env: NodeJS.ProcessEnv
}

async function runOf(
  {asked, proved, sandboxed}: Allowed,
  command: string,
  {env, shell, kept, stateFile}: RunPlace,
): Promise<Run> {
  if (proved) return commandOf(proved)
  if (!sandboxed && asked) {
    const program = shell ?? '/bin/sh'
    const args = stateFile ? keepingArgs(program, command, stateFile) : ['-c', command]
    const runs = shell || stateFile ? {program, args} : {shell: command}
    return {command: runs, env: kept ? withState(env, kept) : env}
  }
  if (!sandboxed) return {command: {shell: command}, env}
  const {program, args} = sandboxed
  return {command: {program, args: [...args, '/bin/sh', '-c', command]}, env: withChanges(env, sandboxed.env)}
}

function withChanges(env: NodeJS.ProcessEnv, changes: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries({...env, ...changes}).filter(([, value]) => value !== undefined))
}

/**
 * From the words that were judged. One command needs no shell at all; pipes and lists are put together anew from quoted
 * words.
 */
async function commandOf({script, env}: ProvedCommand): Promise<Run> {
  const {onlyCommand, renderScript} = await import('../../../permissions/shell/render.js')
  const only = onlyCommand(script)
  if (!only || only.cwd !== undefined || only.stdout || only.stderr)
    return {command: {shell: renderScript(script)}, env}
  const {program, args, env: changes} = only
  return {command: {program, args}, env: withChanges(env, changes ?? {})}
}
