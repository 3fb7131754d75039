import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {createChatRunner} from './chat-runner.js'
import {declaredHooks, type HookHost, type PluginHooks} from './declared-hooks.js'
import type {LifecycleDetails, LifecycleEvent} from './events.js'
import type {PluginMessage} from './hook-runner.js'
import type {HookConfig, HookSettings} from './hooks.js'
import {createPluginLane, type HookFailure, type HookHealth, type PluginLane} from './plugin-lane.js'
import {createProcessRunner} from './process-runner.js'

export type {HookHost} from './declared-hooks.js'
export type {HookFailureKind, PluginMessage} from './hook-runner.js'
export type {HookFailure, HookHealth} from './plugin-lane.js'

export interface DispatcherOptions {
  /** What every hook is told of the chat. */
  settings: HookSettings
  /** How long one hook may take, milliseconds; default 500. */
  timeoutMs?: number
  /** How long the modules of a plugin may take to load, milliseconds; default 5000. */
  loadTimeoutMs?: number
  /** Calls that may wait for one plugin; default 1000. */
  queueLimit?: number
  /** Program and arguments that start the processes of plugins, so that they end with this one; default none. */
  launcher?: readonly string[]
  /** Environment of those processes; default `process.env`. */
  env?: NodeJS.ProcessEnv
  /** Each hook of a plugin is reported once, and a plugin that is switched off. */
  onFailure?: (failure: HookFailure) => void
  /** What hooks want the person to see. */
  onMessage?: (message: PluginMessage) => void
}

/** The only caller of gateway hooks. */
export interface Dispatcher {
  /**
   * Hands an event to all hooks that are for it, and never throws. Hooks of the built-in plugins are
   * done when it returns; those of others have been started or wait for the one before.
   */
  dispatch(event: LifecycleEvent): void
  /** Resolves when the modules of all plugins are loaded, or can't be; built-in ones are before the dispatcher is there. */
  readonly loaded: Promise<void>
  /** State of every plugin with gateway hooks, built-in ones first. */
  health(): HookHealth[]
  /**
   * For quitting: waits until all hooks are done, then lets the processes of plugins end, all within
   * `deadlineMs`; what is left then is cut off. Built-in plugins go on to be told. Resolves with the
   * names of plugins that were cut off; never rejects.
   */
  drain(deadlineMs: number): Promise<string[]>
  /** Ends the processes of plugins at once; for an exit that can't wait. */
  endNow(): void
}

/**
 * Loads the hooks that plugins declare in their package.json. Hooks of this package's own plugins
 * run in this process, and are loaded when the promise resolves. Those of any other plugin run in a
 * process of that plugin, which is started only where there are gateway hooks, and loads meanwhile.
 * `host`: oclif's `Config`. Never rejects.
 */
export async function createDispatcher(host: HookHost, options: DispatcherOptions): Promise<Dispatcher> {
  const fromSource = import.meta.url.endsWith('.ts')
  const workerFile = fromSource
    ? fileURLToPath(new URL('./hook.worker.ts', import.meta.url))
    : path.join(host.root, 'dist', 'lifecycle', 'hook.worker.js')
  const lanes = declaredHooks(host, fromSource).map((declared) =>
    createLane(declared, configOf(host), workerFile, options),
  )
  const builtIn = lanes.filter((lane) => lane.place === 'chat')
  const others = lanes.filter((lane) => lane.place === 'own-process')
  const loaded = Promise.all(lanes.map((lane) => lane.loaded)).then(() => {})
  await Promise.all(builtIn.map((lane) => lane.loaded))

  return {
    loaded,
    dispatch(event) {
      for (const lane of builtIn) lane.offer(event)
      // A plugin that answers the failure of another with one of its own would never end.
      if (event.type !== 'plugin-error') for (const lane of others) lane.offer(event)
    },
    health: () => lanes.map((lane) => lane.health()),
    async drain(deadlineMs) {
      const deadline = performance.now() + deadlineMs
      const cut = await Promise.all(
        lanes.map(async (lane) => {
          await within(deadlineMs, lane.idle())
          if (lane.place === 'chat') return []
          const late = !lane.isIdle
          const ended = await lane.end(late ? 0 : Math.max(0, deadline - performance.now()))
          return late || !ended ? [lane.health().plugin] : []
        }),
      )
      return cut.flat()
    },
    endNow() {
      for (const lane of others) lane.endNow()
    },
  }
}

/** The lifecycle event of a failure, for the log. */
export function pluginError(failure: HookFailure): LifecycleDetails {
  const {plugin, hook, kind, message, disabled, event} = failure
  const {generation = 0, pid, sessionKey} = event ?? {}
  return {type: 'plugin-error', generation, pid, sessionKey, plugin, hook, kind, message, disabled}
}

function createLane(
  declared: PluginHooks,
  config: HookConfig,
  workerFile: string,
  options: DispatcherOptions,
): PluginLane {
  const {plugin, hooks, builtIn} = declared
  const {settings, timeoutMs = 500, loadTimeoutMs = 5000, queueLimit = 1000, launcher = [], env = process.env} = options
  const {onFailure = () => {}} = options
  const onMessage = (message: PluginMessage) => {
    try {
      options.onMessage?.(message)
    } catch {
      // The screen's trouble is not the plugin's.
    }
  }
  if (builtIn) {
    const runner = createChatRunner({plugin, hooks, config, settings, timeoutMs, onMessage})
    return createPluginLane({declared, runner, queueLimit, onFailure})
  }
  const runner = createProcessRunner({
    plugin,
    hooks,
    config,
    settings,
    timeoutMs,
    loadTimeoutMs,
    workerFile,
    launcher,
    env,
    onMessage,
    onCrash: (message) => lane.crashed(message),
  })
  const lane = createPluginLane({declared, runner, queueLimit, onFailure})
  return lane
}

/** A copy of what a hook may see: oclif's own has functions, which no other process can be given. */
function configOf({name, version, bin, root, dataDir, configDir, cacheDir}: HookHost): HookConfig {
  return {name, version, bin, root, dataDir, configDir, cacheDir}
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    work,
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms)
    }),
  ])
  clearTimeout(timer)
}
