import {format} from 'node:util'
import {eventSchemaVersion, type LifecycleBase} from './lifecycle/events.js'
import type {
  GatewayHook,
  GatewayHookAnswer,
  GatewayHookEvents,
  GatewayHookName,
  HookContext,
  HookEvent,
  HookSettings,
} from './lifecycle/hooks.js'
import type {PluginSlashCommand, SlashCommandAnswer, SlashCommandInput} from './lifecycle/slash-command.js'
import type {ToolVerdict} from './lifecycle/tool-hooks/verdict.js'

/**
 * For the tests of plugins: a sample of every event, and a hook or a slash command called as hermes does it, but in this
 * process and without a deadline.
 */

type EventType = HookEvent['type']
type EventOf<T extends EventType> = Extract<HookEvent, {type: T}>
/** What the event of that type alone knows; two types may share one. */
type Own<E, T> = E extends {type: infer U} ? (T extends U ? Omit<E, keyof LifecycleBase | 'type'> : never) : never

const memory = {
  limit: 'cgroup',
  limitBytes: 536_870_912,
  usedBytes: 510_027_366,
  rssBytes: 498_073_600,
  heapBytes: 120_586_240,
} as const

const own: {readonly [T in EventType]: Own<HookEvent, T>} = {
  spawn: {command: ['hermes', 'gateway'], cwd: '/home/me/project', standby: false},
  'spawn-failed': {errno: 'ENOENT', message: 'spawn hermes ENOENT'},
  ready: {startupMs: 43, version: '1.0.0'},
  exit: {
    code: null,
    signal: 'SIGKILL',
    expected: false,
    cause: 'external-sigkill',
    confidence: 'likely',
    uptimeMs: 83_000,
    inFlight: {promptId: 'p1', replyChars: 420, openTools: 1},
    stderrTail: ['the last line'],
  },
  attach: {awayMs: 3_600_000},
  detach: {},
  waiting: {question: 'approval', attended: true},
  end: {deadlineMs: 1000},
  kill: {reason: 'hang', signal: 'SIGKILL'},
  replace: {reason: 'another model'},
  'startup-timeout': {timeoutMs: 10_000},
  hang: {silentMs: 3000, stack: 'at loop (file.js:1:1)'},
  recover: {
    outcome: 'resumed',
    attempt: 1,
    limit: 3,
    windowMs: 60_000,
    downtimeMs: 84,
    reason: 'external-sigkill',
  },
  signal: {signal: 'SIGTERM'},
  'protocol-error': {detail: 'no JSON: hello'},
  'transport-end': {},
  'memory-warning': memory,
  'memory-critical': memory,
  uncaught: {
    origin: 'exception',
    name: 'TypeError',
    message: 'x is not a function',
    stack: 'TypeError: x is not a function',
  },
  vanished: {
    run: '1b2c3d4e',
    runPid: 4321,
    startedAt: 1_764_000_000_000,
    lastSeen: 1_764_000_060_000,
    rebooted: false,
    rssBytes: 120_586_240,
    heapBytes: 41_943_040,
    oomKills: 0,
    report: undefined,
    fatalError: undefined,
  },
  'plugin-error': {plugin: 'another', hook: 'gateway:exit', kind: 'threw', message: 'no', disabled: false},
  'tool-before': {
    toolId: 'call_1',
    name: 'terminal',
    args: {command: 'npm test'},
    preview: 'npm test',
    cwd: '/home/me/project',
    promptId: 'p1',
  },
  'tool-after': {
    toolId: 'call_1',
    name: 'terminal',
    args: {command: 'npm test'},
    preview: 'npm test',
    state: 'complete',
    ok: true,
    durationMs: 1840,
    summary: '12 passing',
  },
  'turn-end': {promptId: 'p1', status: 'complete', stopReason: undefined, steps: 2, tools: 1, durationMs: 4200},
}

/** Every type of event. */
export const eventTypes = Object.keys(own) as readonly EventType[]

/** An event of that type as hermes tells it; `changes` has the fields that matter to the test. */
export function sampleEvent<T extends EventType>(type: T, changes: Partial<EventOf<T>> = {}): EventOf<T> {
  const base: LifecycleBase = {
    schemaVersion: eventSchemaVersion,
    time: 1_764_000_083_000,
    monotonic: 83_000,
    instance: '0a1b2c3d',
    generation: 1,
    pid: 4711,
    sessionKey: '20251124_160000_ab12cd',
  }
  return {...base, type, ...own[type], ...changes} as unknown as EventOf<T>
}

/** What a hook or a command said to the person, in order. */
export interface Said {
  level: 'log' | 'warn' | 'debug'
  text: string
}

export interface TryOptions {
  /** `settings.home`: a folder of the test's own. Default the working directory. */
  home?: string
  /** What the plugin is called. */
  plugin?: {name: string; version: string; root: string}
}

/** Calls a hook. Resolves with what it said, rejects with what it threw. */
export async function tryHook<E extends GatewayHookName>(
  hook: GatewayHook<E>,
  event: GatewayHookEvents[E],
  options: TryOptions = {},
): Promise<Said[]> {
  return (await called(hook, event, options)).said
}

/** Calls a hook of `tool:before`. Resolves with its answer, undefined where it has nothing against the call; rejects with what it threw. */
export async function tryToolHook(
  hook: GatewayHook<'tool:before'>,
  event: GatewayHookEvents['tool:before'],
  options: TryOptions = {},
): Promise<{answer: ToolVerdict | undefined; said: Said[]}> {
  const {answer, said} = await called(hook, event, options)
  return {answer: answer ?? undefined, said}
}

async function called<E extends GatewayHookName>(
  hook: GatewayHook<E>,
  event: GatewayHookEvents[E],
  options: TryOptions,
): Promise<{answer: GatewayHookAnswer<E>; said: Said[]}> {
  const {said, context, settings} = surroundings(options)
  const answer = await hook.call(context, {...event, settings, config: context.config, context})
  return {answer, said}
}

/** Calls a slash command; `input.args` is what is typed behind its name. Rejects with what it threw. */
export async function trySlashCommand(
  command: PluginSlashCommand,
  input: Partial<SlashCommandInput> = {},
  options: TryOptions = {},
): Promise<{answer: SlashCommandAnswer; said: Said[]}> {
  const {said, context, settings} = surroundings(options)
  const typed = {name: 'test', args: '', sessionKey: undefined, cwd: process.cwd(), ...input}
  const answer = await command.call(context, {...typed, settings, config: context.config, context})
  return {answer: answer ?? undefined, said}
}

function surroundings({
  home = process.cwd(),
  plugin = {name: 'test', version: '0.0.0', root: process.cwd()},
}: TryOptions): {
  said: Said[]
  context: HookContext
  settings: HookSettings
} {
  const said: Said[] = []
  const say = (level: Said['level'], text: string) => {
    said.push({level, text})
  }
  const directories = {root: home, dataDir: home, configDir: home, cacheDir: home}
  const context: HookContext = {
    config: {name: 'hermes-chat', version: '0.0.0', bin: 'hermes', ...directories},
    plugin,
    log: (message = '', ...args) => say('log', format(message, ...args)),
    warn: (message) => say('warn', message instanceof Error ? message.message : message),
    debug: (...args) => say('debug', format(...args)),
    error(message) {
      throw message instanceof Error ? message : new Error(message)
    },
    exit(code = 0) {
      throw Object.assign(new Error(`called this.exit(${code})`), {code: 'EEXIT'})
    },
  }
  const log = {enabled: true, path: `${home}/logs/crash.log`, maxBytes: 1_048_576, files: 5}
  return {said, context, settings: {home, log}}
}
