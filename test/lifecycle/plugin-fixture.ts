import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  type HookFailure,
  type HookHost,
  type PluginMessage,
} from '../../src/lifecycle/dispatcher.js'
import type {LifecycleEvent} from '../../src/lifecycle/events.js'

type Hooks = Record<string, {target: string; identifier: string}[]>
type Plugin = {name: string; version: string; root: string; isRoot: boolean; hooks: Hooks; pjson?: unknown}

const base = {schemaVersion: 1, time: 1, monotonic: 1, instance: '0a1b2c3d', generation: 1, pid: 17, sessionKey: 'key'}

export const replaceEvent = (reason: string): LifecycleEvent => ({...base, type: 'replace', reason})
export const spawnEvent = (): LifecycleEvent => ({...base, type: 'spawn', command: ['gw'], cwd: '/', standby: false})
export const exitEvent = (cause: string): LifecycleEvent => ({
  ...base,
  type: 'exit',
  code: 1,
  signal: null,
  expected: false,
  cause,
  confidence: 'likely',
  uptimeMs: 5,
  inFlight: undefined,
  stderrTail: [],
})

/** Plugins on disk, dispatchers over them, and what they say. */
export class PluginBench {
  readonly plugins = new Map<string, Plugin>()
  readonly failures: HookFailure[] = []
  readonly messages: PluginMessage[] = []
  readonly #dispatchers: Dispatcher[] = []

  constructor(readonly directory: string) {}

  /** A plugin with one module; `see(text)` in its source writes a line that `seen` reads. */
  add(name: string, source: string, hooks: Record<string, string>, {isRoot = false} = {}): this {
    const root = path.join(this.directory, name)
    mkdirSync(root, {recursive: true})
    writeFileSync(path.join(root, 'package.json'), JSON.stringify({name, version: '1.2.3', type: 'module'}))
    const see = `import {appendFileSync} from 'node:fs'
export const see = (text) => appendFileSync(${JSON.stringify(this.#seenFile(name))}, text + '\\n')\n`
    writeFileSync(path.join(root, 'hooks.mjs'), see + source)
    this.plugins.set(name, {
      name,
      version: '1.2.3',
      root,
      isRoot,
      hooks: Object.fromEntries(
        Object.entries(hooks).map(([event, identifier]) => [event, [{target: './hooks.mjs', identifier}]]),
      ),
    })
    return this
  }

  /** Declares slash commands of a plugin that was added, as its package.json would. */
  commands(name: string, slashCommands: unknown): this {
    const plugin = this.plugins.get(name)
    if (!plugin) throw new Error(`no plugin ${name}`)
    plugin.pjson = {name, hermes: {slashCommands}}
    return this
  }

  async dispatcher(options: Partial<DispatcherOptions> = {}): Promise<Dispatcher> {
    const dispatcher = await createDispatcher(this.host(), {
      settings: {
        home: this.directory,
        log: {enabled: false, path: path.join(this.directory, 'log'), maxBytes: 4096, files: 1},
      },
      env: {PATH: process.env.PATH},
      onFailure: (failure) => this.failures.push(failure),
      onMessage: (message) => this.messages.push(message),
      ...options,
    })
    this.#dispatchers.push(dispatcher)
    return dispatcher
  }

  host(): HookHost {
    const directory = this.directory
    const directories = {root: directory, dataDir: directory, configDir: directory, cacheDir: directory}
    return {name: 'hermes-chat', version: '0.1.0', bin: 'hermes', ...directories, plugins: this.plugins}
  }

  seen(name: string): string[] {
    const file = this.#seenFile(name)
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  }

  kinds(): string[] {
    return this.failures.map(({kind}) => kind)
  }

  close(): void {
    for (const dispatcher of this.#dispatchers) dispatcher.endNow()
  }

  #seenFile(name: string): string {
    return path.join(this.directory, `${name}.seen`)
  }
}

/** Waits until the condition holds; mocha's own timeout ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
