import type {Config} from '../config/index.js'
import {type HandedDownLog, handedDownVariable} from '../crash-log/index.js'
import {
  createDispatcher,
  type Dispatcher,
  type HookFailure,
  type HookHost,
  LINES,
  pluginError,
} from '../lifecycle/dispatcher.js'
import type {LifecycleEvent} from '../lifecycle/events.js'
import {createRecorder, type Recorder} from '../lifecycle/recorder.js'
import {homeFiles} from '../platform.js'
import {parentDeathPrefix} from '../supervisor/process/parent-death.js'
import type {Notices} from './notices.js'
import {linesOf} from './shell-hooks/lines-of-shell.js'

/** How long hooks may still run when the person has left. */
const DRAIN_MS = 1000

export interface LifecycleOptions {
  /** oclif's `Config`: its plugins declare the hooks. */
  oclif: HookHost
  config: Config
  /** `$HERMES_HOME`. */
  home: string
  env: NodeJS.ProcessEnv
  /** Told once of each hook that failed, and of what hooks want the person to see. */
  notify: Notices['add']
}

export interface Lifecycle {
  /** This run, 8 hex digits. */
  readonly instance: string
  readonly record: Recorder['record']
  readonly stamp: Recorder['stamp']
  /** For the built-in gateway: where its last words go. */
  readonly gatewayEnv: Readonly<Record<string, string>>
  /** Slash commands of plugins, and their hooks for tools and turns. */
  readonly plugins: Pick<Dispatcher, 'commands' | 'problems' | 'hears' | 'decide' | 'decideMs' | 'dispatch'>
  /** Waits for hooks that still run, at most a second unless said otherwise. Never rejects. */
  close(drainMs?: number): Promise<void>
}

/** Ties the recorder of one run to the hooks of all plugins, the crash log among them. */
export async function openLifecycle({oclif, config, home, env, notify}: LifecycleOptions): Promise<Lifecycle> {
  const log = {
    enabled: config['log.enabled'],
    path: config['log.path'] ?? homeFiles(home).crashLog,
    maxBytes: config['log.maxBytes'],
    files: config['log.files'],
  }
  const dispatcher = await createDispatcher(oclif, {
    settings: {home, log},
    timeoutMs: config['hooks.timeoutMs'],
    commandTimeoutMs: config['hooks.commandTimeoutMs'],
    lines: linesOf(config),
    launcher: parentDeathPrefix(env),
    env,
    onFailure: (failure) => {
      recorder.record(pluginError(failure))
      notify(failureText(failure))
    },
    onMessage: ({plugin, level, text}) => {
      // What is part of hermes needs no name beside that of hermes.
      const said = plugin === oclif.name || plugin === LINES ? text : `${plugin}: ${text}`
      if (level !== 'debug') notify(said, level === 'log' ? 'info' : 'warn')
    },
  })
  let last: Pick<LifecycleEvent, 'generation' | 'pid' | 'sessionKey'> = {
    generation: 0,
    pid: undefined,
    sessionKey: undefined,
  }
  const recorder = createRecorder({
    listeners: [
      (event) => {
        last = event
      },
      dispatcher.dispatch,
    ],
  })
  return {
    instance: recorder.instance,
    record: recorder.record,
    stamp: recorder.stamp,
    gatewayEnv: {[handedDownVariable]: JSON.stringify({...log, instance: recorder.instance} satisfies HandedDownLog)},
    plugins: dispatcher,
    async close(drainMs = DRAIN_MS) {
      const {generation, pid, sessionKey} = last
      recorder.record({type: 'end', generation, pid, sessionKey, deadlineMs: drainMs})
      const cut = await dispatcher.drain(drainMs)
      if (cut.length > 0) notify(`still busy when hermes ended, and cut off: plugin ${cut.join(', ')}`)
    },
  }
}

function failureText({plugin, hook, kind, message, disabled}: HookFailure): string {
  if (plugin === LINES) {
    const off = disabled ? '; the hooks of your configuration are switched off for this session' : ''
    return `hooks.${hook} in your configuration failed (${kind}): ${message}${off}`
  }
  const what = hook === undefined ? 'its process ended between two hooks' : `hook ${hook} failed`
  return `plugin ${plugin}: ${what} (${kind}): ${message}${disabled ? '; it is switched off for this session' : ''}`
}
