import {messageOf} from '../errors.js'
import type {PluginHooks} from './declared-hooks.js'
import type {HookFailureKind, HookOutcome, HookProblem, HookRunner} from './hook-runner.js'
import {type GatewayHookName, type HookEvent, hooksFor} from './hooks.js'
import type {AnsweredHook} from './tool-hooks/verdict.js'

/** A hook that failed, for the screen and the log. Each hook of a plugin is reported once, and the plugin's end. */
export interface HookFailure {
  plugin: string
  /** Undefined when the plugin's process ended between two hooks. */
  hook: GatewayHookName | undefined
  kind: HookFailureKind
  /** One line. */
  message: string
  /** The place in the plugin's own files, where it is known. */
  at?: string | undefined
  /** The event that it failed on; undefined when it was loaded. */
  event: HookEvent | undefined
  /** Failures of this plugin up to now. */
  failures: number
  /** True when the plugin is switched off for the rest of the session. */
  disabled: boolean
}

/** State of a plugin's hooks, for `doctor` and the screen. */
export interface HookHealth {
  plugin: string
  version: string
  root: string
  place: HookRunner['place']
  state: 'loading' | 'ready' | 'off'
  /** Process in which the hooks run now. */
  pid: number | undefined
  hooks: {hook: GatewayHookName; target: string; identifier: string; problem: string | undefined}[]
  /** Hooks that were called. */
  calls: number
  failures: number
  lastFailure: HookFailure | undefined
  /** The longest that a hook took, milliseconds. */
  slowestMs: number
}

/** The way of events to one plugin: one hook at a time, in the order of the events. */
export interface PluginLane {
  readonly place: HookRunner['place']
  offer(event: HookEvent): void
  /** Whether it may have that hook; what a single file has is known for sure when it is loaded. */
  hears(hook: GatewayHookName): boolean
  /**
   * Has its hooks decide on a call of a tool, beside what waits and runs: a decision is waited for. Each has its own
   * deadline, and the time that the modules take to load. Never rejects.
   */
  decide(event: HookEvent): Promise<AnsweredHook[]>
  /** Resolves when the modules are loaded, or can't be. */
  readonly loaded: Promise<void>
  /** Resolves when nothing is left to be done. */
  idle(): Promise<void>
  /** True: nothing is queued or running. */
  readonly isIdle: boolean
  health(): HookHealth
  /** Takes no more events. */
  end(deadlineMs: number): Promise<boolean>
  endNow(): void
}

export interface PluginLaneOptions {
  declared: PluginHooks
  runner: HookRunner
  /** Calls that may wait; beyond it the oldest are left out. */
  queueLimit: number
  onFailure: (failure: HookFailure) => void
}

/** After so many failures a plugin is switched off. */
const failureLimit = 3

interface Call {
  index: number
  hook: GatewayHookName
  event: HookEvent
}

export function createPluginLane({declared, runner, queueLimit, onFailure}: PluginLaneOptions): PluginLane & {
  /** The plugin's process ended between two hooks. */
  crashed(message: string): void
} {
  const {plugin, hooks} = declared
  const queue: Call[] = []
  const reported = new Set<string>()
  const problems = new Map<number, string>()
  const absent = new Set<number>()
  let waiting: (() => void)[] = []
  let state: HookHealth['state'] = 'loading'
  let busy = true
  let calls = 0
  let failures = 0
  let lastFailure: HookFailure | undefined
  let slowestMs = 0

  function fail(
    kind: HookFailureKind,
    message: string,
    call: Partial<Call>,
    {counts = true, at}: {counts?: boolean; at?: string | undefined} = {},
  ): void {
    if (state === 'off') return
    if (counts) failures += 1
    const disabled = failures >= failureLimit || problems.size === hooks.length
    const hook = call.hook
    lastFailure = {plugin: plugin.name, hook, kind, message, at, event: call.event, failures, disabled}
    if (disabled) {
      state = 'off'
      queue.length = 0
      runner.endNow()
    }
    const known = `${kind === 'overflow' ? kind : 'failure'} ${hook}`
    if (reported.has(known) && !disabled) return
    reported.add(known)
    try {
      onFailure(lastFailure)
    } catch {
      // The screen's trouble is not the plugin's.
    }
  }

  function settle(call: Call, outcome: HookOutcome, startedAt: number): void {
    calls += 1
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    if (!outcome.ok) fail(outcome.kind, outcome.message, call, {at: outcome.at})
  }

  /** Runs what is queued until a hook takes its time. */
  function pump(): void {
    for (let call = queue.shift(); call && state === 'ready'; call = queue.shift()) {
      const current = call
      const startedAt = performance.now()
      busy = true
      const outcome = start(current)
      if (outcome instanceof Promise) {
        void outcome
          .catch((error: unknown): HookOutcome => ({ok: false, kind: 'crashed', message: messageOf(error)}))
          .then((result) => {
            settle(current, result, startedAt)
            busy = false
            pump()
          })
        return
      }
      settle(current, outcome, startedAt)
      busy = false
    }
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function start({index, event}: Call): HookOutcome | Promise<HookOutcome> {
    try {
      return runner.run(index, event)
    } catch (error) {
      return {ok: false, kind: 'crashed', message: messageOf(error)}
    }
  }

  function hears(hook: GatewayHookName): boolean {
    return hooks.some((one, index) => one.hook === hook && one.named !== false && !absent.has(index))
  }

  async function decide(event: HookEvent): Promise<AnsweredHook[]> {
    if (state === 'loading') await loaded
    const answers: AnsweredHook[] = []
    for (const [index, {hook, named}] of hooks.entries()) {
      if (!hooksFor(event).includes(hook) || named === false || absent.has(index)) continue
      answers.push({plugin: plugin.name, outcome: await decideBy({index, hook, event})})
    }
    return answers
  }

  async function decideBy(call: Call): Promise<AnsweredHook['outcome']> {
    const problem = problems.get(call.index)
    if (problem !== undefined) return {failed: problem}
    if (state === 'off') return {failed: 'it is switched off for this session'}
    const startedAt = performance.now()
    const outcome = await Promise.resolve(start(call)).catch(
      (error: unknown): HookOutcome => ({ok: false, kind: 'crashed', message: messageOf(error)}),
    )
    settle(call, outcome, startedAt)
    return outcome.ok ? {verdict: outcome.verdict} : {failed: `${outcome.kind}: ${outcome.message}`}
  }

  async function load(): Promise<void> {
    const found = await runner
      .load()
      .catch((error: unknown): HookProblem[] =>
        hooks.map((_, index) => ({index, kind: 'load', message: messageOf(error)})),
      )
    for (const {index, message, at} of found) problems.set(index, at === undefined ? message : `${message}, at ${at}`)
    for (const {index, kind, message, at} of found) {
      if (kind === 'absent') absent.add(index)
      else fail(kind, message, {hook: hooks[index]?.hook}, {counts: false, at})
    }
    if (state === 'loading') state = 'ready'
    busy = false
    pump()
  }

  const loaded = load()
  return {
    place: runner.place,
    loaded,
    hears,
    decide,
    get isIdle() {
      return !busy && queue.length === 0
    },
    idle() {
      if (!busy && queue.length === 0) return Promise.resolve()
      return new Promise((resolve) => waiting.push(resolve))
    },
    offer(event) {
      if (state === 'off') return
      for (const hook of hooksFor(event)) {
        for (const [index, one] of hooks.entries()) {
          if (one.hook === hook && !problems.has(index)) queue.push({index, hook, event})
        }
      }
      const over = queue.length - queueLimit
      if (over > 0) {
        const [dropped] = queue.splice(0, over)
        fail('overflow', `takes too long: the oldest of ${queueLimit} waiting calls are left out`, dropped ?? {}, {
          counts: false,
        })
      }
      if (!busy) pump()
    },
    crashed: (message) => fail('crashed', message, {}),
    health: () => ({
      plugin: plugin.name,
      version: plugin.version,
      root: plugin.root,
      place: runner.place,
      state,
      pid: runner.pid,
      hooks: hooks.flatMap(({hook, target, identifier}, index) =>
        absent.has(index) ? [] : [{hook, target, identifier, problem: problems.get(index)}],
      ),
      calls,
      failures,
      lastFailure,
      slowestMs,
    }),
    end(deadlineMs) {
      state = 'off'
      queue.length = 0
      return runner.end(deadlineMs)
    },
    endNow() {
      state = 'off'
      queue.length = 0
      runner.endNow()
    },
  }
}
