import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {disabledPlugins} from '../plugin-set/disabled.js'
import {createChatRunner} from './chat-runner.js'
import {type DeclaredCommand, declaredCommands} from './declared-commands.js'
import {declaredHooks, type HookHost, type PluginHooks, unknownHooks} from './declared-hooks.js'
import type {LifecycleDetails} from './events.js'
import {filePluginFolder, filePlugins, hooksOfFile} from './file-plugins.js'
import type {CommandOutcome, DeclaredHook, HookPlugin, PluginMessage} from './hook-runner.js'
import {type GatewayHookName, type HookConfig, type HookEvent, type HookSettings, hooksFor} from './hooks.js'
import {createPluginLane, type HookFailure, type HookHealth, type PluginLane} from './plugin-lane.js'
import {createProcessRunner, type ProcessRunner} from './process-runner.js'
import type {SlashCommandInput} from './slash-command.js'
import {decisionOf, type ToolDecision} from './tool-hooks/verdict.js'

export type {HookHost} from './declared-hooks.js'
export type {CommandOutcome, HookFailureKind, PluginMessage} from './hook-runner.js'
export {LINES} from './hook-runner.js'
export type {HookFailure, HookHealth} from './plugin-lane.js'

/** What the modules of a plugin may take to load, milliseconds. */
export const LOAD_TIMEOUT_MS = 5000

/** To see whether a process that missed its deadline is blocked, and to end it, milliseconds. */
const SETTLE_MS = 500

export interface DispatcherOptions {
  /** What every hook is told of the chat. */
  settings: HookSettings
  /** How long one hook may take, milliseconds; default 500. */
  timeoutMs?: number
  /** How long a slash command may take, milliseconds; default 10 000. */
  commandTimeoutMs?: number
  /** How long the modules of a plugin may take to load, milliseconds; default 5000. */
  loadTimeoutMs?: number
  /** Calls that may wait for one plugin; default 1000. */
  queueLimit?: number
  /** Program and arguments that start the processes of plugins, so that they end with this one; default none. */
  launcher?: readonly string[]
  /** Environment of those processes; default `process.env`. */
  env?: NodeJS.ProcessEnv
  /** Files that are each a plugin, absolute; default those of `$HERMES_HOME/plugins` that are not disabled. */
  files?: readonly string[]
  /** Lines of shell that are run as hooks, by hook; default none. */
  lines?: Readonly<Partial<Record<GatewayHookName, string>>>
  /** Each hook of a plugin is reported once, and a plugin that is switched off. */
  onFailure?: (failure: HookFailure) => void
  /** What hooks want the person to see. */
  onMessage?: (message: PluginMessage) => void
}

/** A slash command of a plugin. */
export interface PluginCommand extends Pick<DeclaredCommand, 'name' | 'args' | 'description'> {
  /** Package name. */
  readonly plugin: string
  /** Runs it in the plugin's process, which is started where there is none. Never rejects. */
  run(input: SlashCommandInput): Promise<CommandOutcome>
  /** Loads it and does not run it: what is wrong with it, if anything is. Never rejects. */
  probe(): Promise<CommandOutcome>
}

/** The only caller of gateway hooks and of the slash commands of plugins. */
export interface Dispatcher {
  /**
   * Hands an event to all hooks that are for it, and never throws. Hooks of the built-in plugins are
   * done when it returns; those of others have been started or wait for the one before.
   */
  dispatch(event: HookEvent): void
  /** Whether a plugin may have that hook. */
  hears(hook: GatewayHookName): boolean
  /**
   * What all hooks that are for it say of a call of a tool, in at most {@link decideMs}, once their modules are loaded.
   * Hooks that fail are told as any. Never rejects.
   */
  decide(event: HookEvent): Promise<ToolDecision>
  /** How long {@link decide} may take, milliseconds. */
  readonly decideMs: number
  /** Resolves when the modules of all plugins are loaded, or can't be; built-in ones are before the dispatcher is there. */
  readonly loaded: Promise<void>
  /** The slash commands of plugins, in the order of the plugins. */
  readonly commands: readonly PluginCommand[]
  /** Declarations of hooks and slash commands that can't be used, one line each. */
  readonly problems: readonly string[]
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
  const config = configOf(host)
  const runners = new Map<string, ProcessRunner>()
  const runnerOf = (plugin: HookPlugin, hooks: readonly DeclaredHook[], onCrash: (message: string) => void) => {
    const runner = createProcessRunner({
      plugin,
      hooks,
      config,
      settings: options.settings,
      timeoutMs: options.timeoutMs ?? 500,
      loadTimeoutMs: options.loadTimeoutMs ?? LOAD_TIMEOUT_MS,
      workerFile,
      launcher: options.launcher ?? [],
      env: options.env ?? process.env,
      onMessage: guarded(options.onMessage),
      onCrash,
    })
    runners.set(plugin.name, runner)
    return runner
  }
  const files = (options.files ?? usedFiles(options.settings.home, host.dataDir)).map(hooksOfFile)
  const lanes = [...declaredHooks(host, fromSource), ...files].map((declared) =>
    createLane(declared, config, runnerOf, options),
  )
  if (Object.keys(options.lines ?? {}).length > 0) lanes.push(await createLinesLane(options))
  const builtIn = lanes.filter((lane) => lane.place === 'chat')
  const others = lanes.filter((lane) => lane.place === 'own-process')
  const isOff = (plugin: string) =>
    others.some((lane) => lane.health().plugin === plugin && lane.health().state === 'off')
  const declared = declaredCommands(host)
  const commands = declared.flatMap(({plugin, commands}): PluginCommand[] => {
    if (commands.length === 0) return []
    const runner = runners.get(plugin.name) ?? runnerOf(plugin, [], () => {})
    return commands.map((command) => ({
      plugin: plugin.name,
      name: command.name,
      args: command.args,
      description: command.description,
      async run(input) {
        if (isOff(plugin.name))
          return {ok: false, kind: 'crashed', message: 'the plugin is switched off for this session'}
        return runner.command(command, input, options.commandTimeoutMs ?? 10_000)
      },
      probe: () => runner.probe(command, options.loadTimeoutMs ?? LOAD_TIMEOUT_MS),
    }))
  })
  /** Processes of plugins that have slash commands and no hooks. */
  const withoutLane = [...runners].filter(([name]) => !others.some((lane) => lane.health().plugin === name))
  const decisions = others.map((lane) => lane.health().hooks.filter(({hook}) => hook === 'tool:before').length)
  const decideMs =
    (options.loadTimeoutMs ?? LOAD_TIMEOUT_MS) + Math.max(1, ...decisions) * ((options.timeoutMs ?? 500) + SETTLE_MS)
  const loaded = Promise.all(lanes.map((lane) => lane.loaded)).then(() => {})
  await Promise.all(builtIn.map((lane) => lane.loaded))

  return {
    loaded,
    dispatch(event) {
      // The crash log tells of gateways: its last line is what became of the last one.
      if (event.type !== 'end') for (const lane of builtIn) lane.offer(event)
      // A plugin that answers the failure of another with one of its own would never end.
      if (event.type !== 'plugin-error') for (const lane of others) lane.offer(event)
    },
    hears: (hook) => others.some((lane) => lane.hears(hook)),
    async decide(event) {
      const asked = others.filter((lane) => hooksFor(event).some((hook) => lane.hears(hook)))
      return decisionOf((await Promise.all(asked.map((lane) => lane.decide(event)))).flat())
    },
    decideMs,
    commands,
    problems: [...unknownHooks(host), ...declared].flatMap(({plugin, problems}) =>
      problems.map((problem) => `plugin ${plugin.name}: ${problem}`),
    ),
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
      await Promise.all(withoutLane.map(([, runner]) => runner.end(Math.max(0, deadline - performance.now()))))
      return cut.flat()
    },
    endNow() {
      for (const lane of others) lane.endNow()
      for (const [, runner] of withoutLane) runner.endNow()
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
  runnerOf: (plugin: HookPlugin, hooks: readonly DeclaredHook[], onCrash: (message: string) => void) => ProcessRunner,
  options: DispatcherOptions,
): PluginLane {
  const {plugin, hooks, builtIn} = declared
  const {settings, timeoutMs = 500, queueLimit = 1000, onFailure = () => {}} = options
  if (builtIn) {
    const onMessage = guarded(options.onMessage)
    const runner = createChatRunner({plugin, hooks, config, settings, timeoutMs, onMessage})
    return createPluginLane({declared, runner, queueLimit, onFailure})
  }
  const runner = runnerOf(plugin, hooks, (message) => lane.crashed(message))
  const lane = createPluginLane({declared, runner, queueLimit, onFailure})
  return lane
}

function usedFiles(home: string, dataDir: string): string[] {
  const names = filePlugins(home)
  if (names.length === 0) return []
  const disabled = disabledIn(dataDir)
  return names.filter((name) => !disabled.includes(name)).map((name) => path.join(filePluginFolder(home), name))
}

function disabledIn(dataDir: string): readonly string[] {
  try {
    return disabledPlugins(dataDir)
  } catch {
    // It was told at the start that the list can't be read.
    return []
  }
}

async function createLinesLane(options: DispatcherOptions): Promise<PluginLane> {
  const {lines = {}, env = process.env, launcher = [], timeoutMs = 500, queueLimit = 1000} = options
  const {createLineRunner, declaredLines} = await import('./line-runner.js')
  const declared = declaredLines(lines)
  const onMessage = guarded(options.onMessage)
  const runner = createLineRunner({hooks: declared.hooks, timeoutMs, env, launcher, onMessage})
  return createPluginLane({declared, runner, queueLimit, onFailure: options.onFailure ?? (() => {})})
}

/** The screen's trouble is not the plugin's. */
function guarded(tell: DispatcherOptions['onMessage']): (message: PluginMessage) => void {
  return (message) => {
    try {
      tell?.(message)
    } catch {
      // Nobody is left to tell.
    }
  }
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
