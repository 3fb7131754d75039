import {pathToFileURL} from 'node:url'
import {format} from 'node:util'
import {
  type DeclaredHook,
  describeError,
  type HookOutcome,
  type HookPlugin,
  type HookProblem,
  type HookRunner,
  oneLine,
  type PluginMessage,
} from './hook-runner.js'
import type {HookConfig, HookContext, HookEvent, HookSettings} from './hooks.js'

export interface ChatRunnerOptions {
  plugin: HookPlugin
  hooks: readonly DeclaredHook[]
  config: HookConfig
  settings: HookSettings
  timeoutMs: number
  onMessage: (message: PluginMessage) => void
}

/** The export that a declaration means, as oclif picks it. */
type HookFunction = (this: HookContext, options: object) => unknown

/** What `this.exit` throws; it has the shape of oclif's own. */
class HookExit extends Error {
  readonly code = 'EEXIT'
}

/**
 * Calls hooks in the chat's own process: for what is part of this program and must be done before
 * the next act. A hook that doesn't return can't be stopped here.
 */
export function createChatRunner(options: ChatRunnerOptions): HookRunner {
  const {plugin, hooks, config, settings, timeoutMs, onMessage} = options
  const functions: (HookFunction | undefined)[] = []
  const say = (level: PluginMessage['level'], text: string) =>
    onMessage({plugin: plugin.name, level, text: oneLine(text)})
  const context: HookContext = {
    config,
    plugin,
    log: (message = '', ...args) => say('log', format(message, ...args)),
    warn: (message) => say('warn', message instanceof Error ? message.message : message),
    debug: (...args) => say('debug', format(...args)),
    error(message) {
      throw message instanceof Error ? message : new Error(message)
    },
    exit(code = 0) {
      throw new HookExit(`called this.exit(${code})`)
    },
  }

  async function load(): Promise<HookProblem[]> {
    const problems: HookProblem[] = []
    for (const [index, {file, target, identifier}] of hooks.entries()) {
      try {
        if (file === undefined) throw new Error(`there is no ${target}`)
        const module: Record<string, unknown> = await import(pathToFileURL(file).href)
        const found = module[identifier]
        if (typeof found === 'function') functions[index] = found as HookFunction
        else problems.push({index, kind: 'missing-export', message: `${target} has no export ${identifier}`})
      } catch (error) {
        problems.push({index, kind: 'load', message: describeError(error)})
      }
    }
    return problems
  }

  function run(index: number, event: HookEvent): HookOutcome | Promise<HookOutcome> {
    try {
      const result = functions[index]?.call(context, {...event, settings, config, context})
      return isThenable(result) ? withDeadline(result, timeoutMs) : {ok: true}
    } catch (error) {
      return failed(error)
    }
  }

  return {place: 'chat', pid: process.pid, load, run, end: async () => true, endNow: () => {}}
}

function withDeadline(result: PromiseLike<unknown>, timeoutMs: number): Promise<HookOutcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ok: false, kind: 'timeout', message: `was not done after ${timeoutMs} ms`}),
      timeoutMs,
    )
    const settle = (outcome: HookOutcome) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    result.then(
      () => settle({ok: true}),
      (error: unknown) => settle(failed(error)),
    )
  })
}

function failed(error: unknown): HookOutcome {
  return {ok: false, kind: error instanceof HookExit ? 'exit' : 'threw', message: describeError(error)}
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
