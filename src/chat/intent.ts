import {exitCodes, HermesError} from '../errors.js'
import type {PermissionMode} from '../permissions/types.js'
import type {SessionTarget} from '../supervisor/types.js'
import type {OutputFormat} from './print/format.js'

export interface ChatFlags {
  /** The argument. */
  prompt?: string
  continue?: boolean
  resume?: string
  model?: string
  title?: string
  print?: string
  takeOver?: boolean
  /** See what is done in another terminal. */
  watch?: boolean
  outputFormat?: OutputFormat
  permissionMode?: PermissionMode
  /** Rules. */
  allow?: readonly string[]
  addDirs?: readonly string[]
  maxSteps?: number
}

export interface Terminals {
  stdinIsTerminal: boolean
  stdoutIsTerminal: boolean
  /** Stdin is a pipe or a file: something may be read from it. */
  stdinIsPiped: boolean
}

export type ChatIntent =
  | {kind: 'screen'; target: SessionTarget; initialPrompt: string | undefined}
  | {
      kind: 'print'
      target: SessionTarget
      prompt: string
      /** The rest of the prompt is on stdin. `required`: there is no other prompt. */
      stdin: 'none' | 'optional' | 'required'
      format: OutputFormat
    }

const usage = (message: string, code: string, ...suggestions: string[]) =>
  new HermesError(message, {code: `usage/${code}`, exit: exitCodes.usage, suggestions})

/**
 * What `hermes chat` was asked to do. `HERMES_TUI_RESUME` and `HERMES_TUI_QUERY` stand in for
 * `--resume` and the prompt. Throws a HermesError `usage/…`.
 */
export function chatIntent(flags: ChatFlags, env: NodeJS.ProcessEnv, terminals: Terminals): ChatIntent {
  if (flags.prompt !== undefined && flags.print !== undefined) {
    throw usage('there are two prompts: the argument and --print', 'two-prompts', 'give one of them')
  }
  const target = targetOf(flags, env)
  if (flags.takeOver && target.kind === 'new') {
    throw usage('--take-over is for --continue or --resume', 'take-over-of-nothing')
  }
  const prompt = flags.print ?? flags.prompt ?? (env.HERMES_TUI_QUERY?.trim() || undefined)

  if (flags.print !== undefined || terminals.stdinIsPiped) {
    const hasPrompt = prompt !== undefined && prompt.trim() !== ''
    if (!hasPrompt && !terminals.stdinIsPiped) throw emptyPrompt()
    return {
      kind: 'print',
      target,
      prompt: hasPrompt ? prompt : '',
      stdin: terminals.stdinIsPiped ? (hasPrompt ? 'optional' : 'required') : 'none',
      format: flags.outputFormat ?? 'text',
    }
  }
  if (!terminals.stdinIsTerminal || !terminals.stdoutIsTerminal) {
    const which = terminals.stdinIsTerminal ? 'stdout' : 'stdin'
    throw usage(
      `the chat screen needs a terminal, and ${which} is none`,
      'no-terminal',
      "hermes chat --print 'PROMPT' answers on stdout",
      "echo 'PROMPT' | hermes chat does so too",
    )
  }
  if (flags.outputFormat !== undefined) {
    throw usage('--output-format is for --print or a prompt on stdin', 'format-without-print')
  }
  // A script has to know which one it gets.
  const found: SessionTarget = target.kind === 'latest' ? {...target, unfinished: true} : target
  return {kind: 'screen', target: found, initialPrompt: prompt?.trim() ? prompt : undefined}
}

function targetOf(flags: ChatFlags, env: NodeJS.ProcessEnv): SessionTarget {
  const model = flags.model === undefined ? {} : {model: flags.model}
  const key = flags.resume ?? (flags.continue || flags.title !== undefined ? undefined : env.HERMES_TUI_RESUME?.trim())
  if (flags.resume !== undefined && flags.resume.trim() === '') {
    throw usage('--resume is empty', 'empty-resume', 'give the key or the title of a session')
  }
  if (key) return {kind: 'stored', key, ...model}
  if (flags.continue) return {kind: 'latest', ...model}
  return {kind: 'new', ...(flags.title === undefined ? {} : {title: flags.title}), ...model}
}

export function emptyPrompt(): HermesError {
  return usage('the prompt is empty', 'empty-prompt', "hermes chat --print 'PROMPT'", "echo 'PROMPT' | hermes chat")
}

/** The prompt, then what was piped in. Throws when both are empty. */
export function joinPrompt(prompt: string, piped: string): string {
  const parts = [prompt, piped.trimEnd()].filter((part) => part.trim() !== '')
  if (parts.length === 0) throw emptyPrompt()
  return parts.join('\n\n')
}
