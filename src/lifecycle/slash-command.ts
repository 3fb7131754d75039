import type {HookConfig, HookContext, HookSettings} from './hooks.js'

/** What a slash command is told. */
export interface SlashCommandInput {
  /** As the person typed it, without the slash. */
  readonly name: string
  /** What follows the name, trimmed; empty when nothing does. */
  readonly args: string
  /** Durable key of the open session, once it is known. */
  readonly sessionKey: string | undefined
  /** Working directory of the chat. */
  readonly cwd: string
}

/**
 * What the chat does with the answer: a text is shown, a prompt is sent as if the person had typed
 * it. Nothing is shown for `undefined`.
 */
export type SlashCommandAnswer = string | {readonly prompt: string} | undefined

export type SlashCommandOptions = SlashCommandInput & {
  settings: HookSettings
  config: HookConfig
  context: HookContext
}

/** A slash command as a plugin exports it. What it throws is shown to the person. */
export type PluginSlashCommand = (
  this: HookContext,
  options: SlashCommandOptions,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is one too
) => SlashCommandAnswer | void | Promise<SlashCommandAnswer | void>

/**
 * Gives a slash command its type, and changes nothing.
 *
 * ```ts
 * import {defineSlashCommand} from 'hermes-chat'
 *
 * export const review = defineSlashCommand(({args}) => {
 *   if (args === '') return 'What shall be reviewed? /review PATH'
 *   return {prompt: `Review ${args} and list what you would change.`}
 * })
 * ```
 */
export function defineSlashCommand(command: PluginSlashCommand): PluginSlashCommand {
  return command
}
