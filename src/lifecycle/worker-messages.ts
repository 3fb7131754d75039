import type {DeclaredCommand} from './declared-commands.js'
import type {DeclaredHook, HookFailureKind, HookPlugin, HookProblem} from './hook-runner.js'
import type {HookConfig, HookEvent, HookSettings} from './hooks.js'
import type {SlashCommandAnswer, SlashCommandInput} from './slash-command.js'
import type {ToolVerdict} from './tool-hooks/verdict.js'

/** What the chat sends to the process of a plugin. */
export type ToWorker =
  | {
      type: 'load'
      plugin: HookPlugin
      hooks: readonly DeclaredHook[]
      config: HookConfig
      settings: HookSettings
    }
  | {type: 'run'; id: number; index: number; event: HookEvent}
  | {type: 'command'; id: number; command: DeclaredCommand; input: SlashCommandInput}
  /** Loads the module of a slash command, and calls nothing of it. */
  | {type: 'probe'; id: number; command: DeclaredCommand}
  /** Answered at once by a process that is not blocked. */
  | {type: 'ping'}
  /** No more hooks will be called: end when the work in the background is done. */
  | {type: 'end'}

/** What it answers. A plugin can send through the same channel: nothing of this is trusted. */
export type FromWorker =
  | {type: 'loaded'; problems: HookProblem[]}
  | {
      type: 'done'
      id: number
      failure: {kind: HookFailureKind; message: string; at?: string | undefined} | undefined
      answer?: SlashCommandAnswer
      verdict?: ToolVerdict | undefined
    }
  | {type: 'message'; level: 'log' | 'warn' | 'debug'; text: string}
  | {type: 'pong'}
  /** An error outside of a hook: the process ends. */
  | {type: 'crash'; message: string}
