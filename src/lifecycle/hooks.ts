import type {Hooks} from '@oclif/core/hooks'
import type {LifecycleEvent} from './events.js'
import type {ToolEvent} from './tool-hooks/events.js'
import type {ToolVerdict} from './tool-hooks/verdict.js'

/** All that a hook can be told of. */
export type HookEvent = LifecycleEvent | ToolEvent

/** What the chat says of itself to every hook; the same object for all hooks of one run. */
export interface HookSettings {
  /** `$HERMES_HOME`: sessions, logs, drafts. */
  readonly home: string
  readonly log: {
    /** `log.enabled`. */
    readonly enabled: boolean
    /** `log.path`, absolute. */
    readonly path: string
    /** `log.maxBytes`: size in bytes at which the log is rotated. */
    readonly maxBytes: number
    /** `log.files`: rotated logs that are kept. */
    readonly files: number
  }
}

/** The part of oclif's configuration that a hook gets. In a plugin's own process it is a copy. */
export interface HookConfig {
  /** Package name and version of the program. */
  readonly name: string
  readonly version: string
  /** `hermes`. */
  readonly bin: string
  /** Directory of the program's package. */
  readonly root: string
  /** oclif's directories for plugins, configuration and caches. */
  readonly dataDir: string
  readonly configDir: string
  readonly cacheDir: string
}

/** `this` of a hook, and `options.context` for arrow functions. */
export interface HookContext {
  readonly config: HookConfig
  /** The plugin itself, as its package.json names it. */
  readonly plugin: {readonly name: string; readonly version: string; readonly root: string}
  /** Shown to the person as a notice of this plugin. */
  log(message?: unknown, ...args: unknown[]): void
  /** Shown to the person as a warning of this plugin. */
  warn(message: string | Error): void
  /** Not shown to the person. */
  debug(...args: unknown[]): void
  /** Ends the hook as a failure. */
  error(message: string | Error): never
  /** Ends the hook as a failure, never the chat: return instead. */
  exit(code?: number): never
}

type EventOf<T extends HookEvent['type']> = Extract<HookEvent, {type: T}>

/** What each hook is told. */
export interface GatewayHookEvents {
  /** A gateway process was started. */
  'gateway:spawn': EventOf<'spawn'>
  /** A gateway process has ended; `expected` tells a crash from an orderly end. */
  'gateway:exit': EventOf<'exit'>
  /** A step of a recovery; `outcome` says which. */
  'gateway:recover': EventOf<'recover'>
  /** A gateway that worked without a terminal is used from now on. */
  'gateway:attach': EventOf<'attach'>
  /** The chat ends, and its gateway works on without a terminal. */
  'gateway:detach': EventOf<'detach'>
  /** A question waits for the person: in the chat (`attended`), or where no terminal is there. */
  'session:waiting': EventOf<'waiting'>
  /** hermes ends in order: the last chance to send what is still held back. */
  'chat:end': EventOf<'end'>
  /** A model wants to call a tool: the hook may deny it, or have the person asked. */
  'tool:before': EventOf<'tool-before'>
  /** A call of a tool is over, also one that did not run. */
  'tool:after': EventOf<'tool-after'>
  /** A turn is over. */
  'turn:end': EventOf<'turn-end'>
  /** Every event of the gateway's lifecycle, those of tools and turns not included; `type` tells them apart. */
  'gateway:lifecycle': LifecycleEvent
}

export type GatewayHookName = keyof GatewayHookEvents

/** The event's own fields, and what every hook gets beside them. */
export type GatewayHookOptions<E extends GatewayHookName> = GatewayHookEvents[E] & {
  settings: HookSettings
  config: HookConfig
  context: HookContext
}

/** A function without a return statement is a hook too. */
type Nothing = ReturnType<() => void>

/** What a hook may return; of all but `tool:before` nobody looks at it. */
export type GatewayHookAnswer<E extends GatewayHookName> = E extends 'tool:before'
  ? ToolVerdict | undefined | Nothing
  : Nothing

/** A hook as a plugin exports it. */
export type GatewayHook<E extends GatewayHookName> = (
  this: HookContext,
  options: GatewayHookOptions<E>,
) => GatewayHookAnswer<E> | Promise<GatewayHookAnswer<E>>

/** An object type without an interface in it, which oclif's index signature would not take. */
type Plain<T> = T extends unknown ? {[K in keyof T]: T[K]} : never
type Meta<E extends GatewayHookName, Return = void> = {
  options: Plain<GatewayHookEvents[E] & {settings: HookSettings}>
  return: Return
}

/** The same events for oclif's own generics: `Hook<'gateway:exit', GatewayHooks>`. */
export interface GatewayHooks extends Hooks {
  'gateway:spawn': Meta<'gateway:spawn'>
  'gateway:exit': Meta<'gateway:exit'>
  'gateway:recover': Meta<'gateway:recover'>
  'gateway:attach': Meta<'gateway:attach'>
  'gateway:detach': Meta<'gateway:detach'>
  'session:waiting': Meta<'session:waiting'>
  'chat:end': Meta<'chat:end'>
  'tool:before': Meta<'tool:before', GatewayHookAnswer<'tool:before'>>
  'tool:after': Meta<'tool:after'>
  'turn:end': Meta<'turn:end'>
  'gateway:lifecycle': Meta<'gateway:lifecycle'>
}

/**
 * Gives a hook its type, and changes nothing.
 *
 * ```ts
 * import {defineHook} from 'hermes-chat'
 *
 * export const onExit = defineHook<'gateway:exit'>(function (event) {
 *   if (!event.expected) this.warn(`gateway died: ${event.cause}`)
 * })
 * ```
 */
export function defineHook<E extends GatewayHookName>(hook: GatewayHook<E>): GatewayHook<E> {
  return hook
}

/** The hooks that an event is for, in the order in which they run. */
export function hooksFor(event: Pick<HookEvent, 'type'>): readonly GatewayHookName[] {
  switch (event.type) {
    case 'spawn':
      return ['gateway:spawn', 'gateway:lifecycle']
    case 'exit':
      return ['gateway:exit', 'gateway:lifecycle']
    case 'recover':
      return ['gateway:recover', 'gateway:lifecycle']
    case 'attach':
      return ['gateway:attach', 'gateway:lifecycle']
    case 'detach':
      return ['gateway:detach', 'gateway:lifecycle']
    case 'end':
      return ['chat:end', 'gateway:lifecycle']
    case 'waiting':
      return ['session:waiting', 'gateway:lifecycle']
    case 'tool-before':
      return ['tool:before']
    case 'tool-after':
      return ['tool:after']
    case 'turn-end':
      return ['turn:end']
    default:
      return ['gateway:lifecycle']
  }
}
