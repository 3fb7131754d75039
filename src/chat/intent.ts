import {exitCodes, HermesError} from '../errors.js'
import type {PermissionMode} from '../permissions/types.js'
import type {SessionTarget} from '../supervisor/types.js'
import type {OutputFormat} from './print/format.js'

export interface ChatFlags {
  /** The argument. */
  prompt?: string
  /** Name of an agent, or its command. */
  agent?: string
  continue?: boolean
  resume?: string | undefined
  /** The person chooses a session from the list. */
  choose?: boolean
  model?: string
  title?: string
  print?: string
  takeOver?: boolean
  /** Lines in place of a screen; default by terminal and configuration. */
  screenReader?: boolean
  /** See what is done in another terminal. */
  watch?: boolean
  outputFormat?: OutputFormat
  permissionMode?: PermissionMode
  /** Rules. */
  allow?: readonly string[]
  addDirs?: readonly string[]
  maxSteps?: number
  /** The same under another name. */
  maxTurns?: number
  /** In place of the setting `systemPrompt`, in this run. */
  systemPrompt?: string
  /** Behind it. */
  appendSystemPrompt?: string
  /** How long one prompt may take, seconds. */
  maxSeconds?: number
  /** JSON Schema that an answer has to fit: its text, or the path of a file. */
  jsonSchema?: string
  inputFormat?: InputFormat
}

/** 23 days: a timer of Node's is no longer. */
export const MAX_SECONDS = 2_000_000

export const inputFormats = ['text', 'stream-json'] as const
export type InputFormat = (typeof inputFormats)[number]

export interface Terminals {
  stdinIsTerminal: boolean
  stdoutIsTerminal: boolean
  /** Stdin is a pipe or a file: something may be read from it. */
  stdinIsPiped: boolean
}

export type ChatIntent =
  | {
      kind: 'screen'
      target: SessionTarget
      initialPrompt: string | undefined
      /** The list of sessions comes first. */
      choose?: true
    }
  | {
      kind: 'print'
      target: SessionTarget
      prompt: string
      /** The rest of the prompt is on stdin. `required`: there is no other prompt; `messages`: a prompt a line. */
      stdin: 'none' | 'optional' | 'required' | 'messages'
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
  if (flags.takeOver && target.kind === 'new' && !flags.choose) {
    throw usage('--take-over is for --continue or --resume', 'take-over-of-nothing')
  }
  const prompt = flags.print ?? flags.prompt ?? (env.HERMES_TUI_QUERY?.trim() || undefined)

  const isOnScreen = flags.print === undefined && terminals.stdinIsTerminal && terminals.stdoutIsTerminal
  if (flags.choose && !isOnScreen) {
    throw usage(
      '--resume without a session opens the list of them, on a terminal only',
      'choose-without-screen',
      'hermes sessions lists them',
      'hermes chat --resume KEY',
      'hermes chat --continue',
    )
  }
  if (flags.inputFormat === 'stream-json') {
    // HERMES_TUI_QUERY stands in where nothing else says what is asked.
    if ((flags.print ?? flags.prompt)?.trim()) {
      throw usage(
        '--input-format stream-json takes its prompts from stdin, and there is one on the command line too',
        'two-prompts',
        'make it the first line on stdin, or leave --input-format out',
      )
    }
    if (!terminals.stdinIsPiped) {
      throw usage(
        '--input-format stream-json reads messages from stdin, and nothing is piped in',
        'no-input',
        'hermes chat --input-format stream-json < messages.jsonl, each line as {"type":"user","message":{"role":"user","content":"…"}}',
      )
    }
    return {kind: 'print', target, prompt: '', stdin: 'messages', format: flags.outputFormat ?? 'text'}
  }
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
  const printing = Object.entries({
    '--output-format': flags.outputFormat,
    '--input-format': flags.inputFormat,
    '--json-schema': flags.jsonSchema,
    '--max-seconds': flags.maxSeconds,
  }).find(([, value]) => value !== undefined)
  if (printing) throw usage(`${printing[0]} is for --print or a prompt on stdin`, 'format-without-print')
  // A script has to know which one it gets.
  const found: SessionTarget = target.kind === 'latest' ? {...target, unfinished: true} : target
  const initialPrompt = prompt?.trim() ? prompt : undefined
  return {kind: 'screen', target: found, initialPrompt, ...(flags.choose ? {choose: true} : {})}
}

function targetOf(flags: ChatFlags, env: NodeJS.ProcessEnv): SessionTarget {
  const model = flags.model === undefined ? {} : {model: flags.model}
  const isSaid = flags.continue || flags.choose || flags.title !== undefined
  const key = flags.resume ?? (isSaid ? undefined : env.HERMES_TUI_RESUME?.trim())
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
