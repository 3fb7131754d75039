import type {ChildProcess} from 'node:child_process'
import {isWindows} from '../platform.js'
import type {GatewayHookName, HookEvent} from './hooks.js'
import type {SlashCommandAnswer} from './slash-command.js'
import type {ToolVerdict} from './tool-hooks/verdict.js'

/** A hook as a plugin's package.json declares it. */
export interface DeclaredHook {
  readonly hook: GatewayHookName
  /** As written in package.json. */
  readonly target: string
  /** Name of the export; `default` takes any exported function. */
  readonly identifier: string
  /** Absolute path of the module; undefined when there is no such file. */
  readonly file: string | undefined
  /** The plugin may do without it: it is one of those that a single file can have. */
  readonly optional?: boolean
  /** False: an optional one that the file does not even name. */
  readonly named?: boolean
}

export interface HookPlugin {
  readonly name: string
  readonly version: string
  readonly root: string
}

/** Stands for the lines of shell in the person's configuration where a plugin has its name: none can be called so. */
export const LINES = 'your configuration'

export type HookFailureKind =
  /** The module is missing, or threw when it was loaded. */
  | 'load'
  /** The module has no such export. */
  | 'missing-export'
  /** The hook threw or rejected. */
  | 'threw'
  /** The hook called `this.exit`. */
  | 'exit'
  /** A slash command, or a hook of `tool:before`, answered with what the chat can do nothing with. */
  | 'wrong-answer'
  /** The hook was not done at its deadline; it was left to itself. */
  | 'timeout'
  /** The hook was not done at its deadline and blocked its process, which was ended. */
  | 'stopped'
  /** The plugin's process ended by itself: `process.exit`, out of memory, an error outside of a hook. */
  | 'crashed'
  /** Events came faster than the plugin took them; the oldest were left out. */
  | 'overflow'

/** `at`: the place in the plugin's own files, where it is known. */
export interface HookFailed {
  ok: false
  kind: HookFailureKind
  message: string
  at?: string | undefined
}

/** `verdict`: of `tool:before`. */
export type HookOutcome = {ok: true; verdict?: ToolVerdict | undefined} | HookFailed

/** What became of a slash command. */
export type CommandOutcome = {ok: true; answer: SlashCommandAnswer} | HookFailed

/** A hook that can't be called; `index` counts the plugin's hooks from 0. */
export interface HookProblem {
  index: number
  /** `absent`: the plugin does without it. */
  kind: 'load' | 'missing-export' | 'absent'
  message: string
  /** The place in the plugin's own files, where it is known. */
  at?: string | undefined
}

/** Something that a plugin wants the person to see, as one line. */
export interface PluginMessage {
  plugin: string
  level: 'log' | 'warn' | 'debug'
  text: string
}

/** Calls the hooks of one plugin, one at a time. */
export interface HookRunner {
  /** In the chat's own process, or in one of the plugin's own. */
  readonly place: 'chat' | 'own-process'
  readonly pid: number | undefined
  /** Loads the modules; resolves with what is wrong with them, never rejects. */
  load(): Promise<readonly HookProblem[]>
  /** Starts the hook before it returns, if the modules are loaded. An outcome that is no promise: it is done already. */
  run(index: number, event: HookEvent): HookOutcome | Promise<HookOutcome>
  /** Lets work in the background end until the deadline; false when it had to be cut off. Never rejects. */
  end(deadlineMs: number): Promise<boolean>
  /** Ends what runs, at once. */
  endNow(): void
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const unprintable = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+/g

/** One line, without control characters, of at most 500 characters: what a plugin says reaches the screen. */
export function oneLine(text: string): string {
  const clean = text.slice(0, 2000).replace(unprintable, ' ').trim()
  return clean.length > 500 ? `${clean.slice(0, 499)}…` : clean
}

/** `TypeError: x is not a function`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error))
  return oneLine(
    error.name === 'Error' || error.message === '' ? error.message || error.name : `${error.name}: ${error.message}`,
  )
}

/** Ends a process that leads its group, and all that it has started. */
export function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && !isWindows) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    // It is gone.
  }
}
