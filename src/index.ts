/**
 * The public interface of hermes for plugins. A plugin is an oclif plugin whose package.json names
 * modules for the hooks it wants; what it needs from hermes it imports from `hermes-chat`.
 * Everything else is private and may change.
 */
export {
  type CrashFieldValue,
  type CrashLog,
  type CrashLogOptions,
  type CrashLogWriter,
  type CrashRecord,
  createCrashLog,
} from './crash-log/index.js'
export {HermesError, type HermesErrorOptions} from './errors.js'
export type {
  InFlight,
  KillReason,
  LifecycleBase,
  LifecycleEvent,
  LifecycleEventType,
} from './lifecycle/events.js'
export {
  defineHook,
  type GatewayHook,
  type GatewayHookAnswer,
  type GatewayHookEvents,
  type GatewayHookName,
  type GatewayHookOptions,
  type GatewayHooks,
  type HookConfig,
  type HookContext,
  type HookEvent,
  type HookSettings,
} from './lifecycle/hooks.js'
export {
  defineSlashCommand,
  type PluginSlashCommand,
  type SlashCommandAnswer,
  type SlashCommandInput,
  type SlashCommandOptions,
} from './lifecycle/slash-command.js'
export type {ToolEvent, ToolEventType} from './lifecycle/tool-hooks/events.js'
export type {ToolVerdict} from './lifecycle/tool-hooks/verdict.js'
