import {existsSync, statSync} from 'node:fs'
import type {GatewayConfig} from '../config/handed-down.js'
import {hermesHome, homeFiles} from '../platform.js'
import {modelSettings} from './models/settings.js'
import type {ModelRegistry, ModelSettings} from './models/types.js'
import type {ConfiguredPermissions} from './session/permissions.js'
import {inSlices} from './slices.js'
import type {Store} from './store/types.js'
import type {ToolOptions} from './tools/index.js'
import type {Tool} from './tools/types.js'

/** The makers of what a gateway works with; the defaults import the real ones when first needed. */
export interface GatewayParts {
  /** `note`: one line for the log. */
  openStore(path: string, note?: (text: string) => void): Store | Promise<Store>
  loadConfig(options: {cwd: string; env: NodeJS.ProcessEnv}): Promise<GatewayConfig>
  createModelRegistry(settings: ModelSettings): ModelRegistry | Promise<ModelRegistry>
  createTools(options: ToolOptions): Tool[] | Promise<Tool[]>
}

/**
 * How long a database that another process locks is waited for. The wait blocks the loop, so it has
 * to end before three heartbeats are missed and the process is taken for stuck.
 */
const BUSY_MS = 2000

/** What died processes left behind can wait until the session that is asked for is there. */
const TIDY_AFTER_MS = 3000

export const realParts: GatewayParts = {
  async openStore(path, note) {
    const {openStore} = await import('./store/index.js')
    return openStore(path, {busyTimeoutMs: BUSY_MS, ...(note ? {note} : {})})
  },
  async loadConfig(options) {
    const {loadConfig} = await import('../config/load.js')
    return loadConfig(options)
  },
  async createModelRegistry(settings) {
    const {createModelRegistry} = await import('./models/index.js')
    const folder = homeFiles(hermesHome(settings.env)).models
    const catalogue = async () => {
      const {Catalogue} = await import('./models/catalogue/catalogue.js')
      return new Catalogue({folder})
    }
    return createModelRegistry(settings, {folder, catalogue})
  },
  async createTools(options) {
    const {createTools} = await import('./tools/index.js')
    return createTools(options)
  },
}

/**
 * Store, configuration, models and tools, each made once and only when a request needs it, so that
 * `gateway.ready` waits for none of them. What failed is tried again: a lock is released, a file is mended.
 */
export class Services {
  readonly #parts: GatewayParts
  readonly #home: string
  readonly #env: NodeJS.ProcessEnv
  readonly #cwd: string
  readonly #diagnose: (line: string) => void
  #openStore: Store | undefined
  #prepared: {store: Store; file: string | undefined} | undefined
  readonly #pending = new Map<string, Promise<unknown>>()
  /** Context windows that providers named when they refused a request, in tokens by id of the model; for this run. */
  readonly namedWindows = new Map<string, number>()

  constructor(options: {
    parts: GatewayParts
    home: string
    env: NodeJS.ProcessEnv
    cwd: string
    diagnose: (line: string) => void
  }) {
    this.#parts = options.parts
    this.#home = options.home
    this.#env = options.env
    this.#cwd = options.cwd
    this.#diagnose = options.diagnose
  }

  /** The store if it is open already; for the end of the process, which opens nothing. */
  get openedStore(): Store | undefined {
    return this.#openStore ?? this.#prepared?.store
  }

  store(): Promise<Store> {
    return this.#once('store', async () => {
      const file = homeFiles(this.#home).database
      this.#openStore = this.#takePrepared(file) ?? (await this.#parts.openStore(file, this.#note))
      this.#tidySoon(this.#openStore)
      return this.#openStore
    })
  }

  /**
   * Does for a standby what takes time and touches no session: opens the database that is there, compiles the
   * SQL it will be asked, reads the configuration. Failures are told when a session is asked for.
   */
  async prepare(statements: readonly string[]): Promise<void> {
    const file = homeFiles(this.#home).database
    if (!this.#pending.has('store') && existsSync(file)) {
      const store = await this.#parts.openStore(file, this.#note)
      // It was asked for meanwhile, and is opened by that request.
      if (this.#pending.has('store')) return store.close()
      this.#prepared = {store, file: identityOf(file)}
      store.prepare(statements)
    }
    await (await this.registry()).defaultId()
  }

  readonly #note = (text: string) => this.#diagnose(`[gateway-store] ${text}`)

  /** What cannot be removed now is removed by one of the next gateways. */
  #tidySoon(store: Store): void {
    const tidy = async () => {
      await inSlices(store.tidy())
      // Most homes have seen no command.
      if (!existsSync(homeFiles(this.#home).outputs)) return
      const {tidyCommands} = await import('./jobs/tidy.js')
      await tidyCommands(this.#home, store, () => this.config())
    }
    setTimeout(() => tidy().catch(() => {}), TIDY_AFTER_MS).unref()
  }

  /** Not when the file was replaced meanwhile. */
  #takePrepared(file: string): Store | undefined {
    const prepared = this.#prepared
    if (!prepared) return undefined
    this.#prepared = undefined
    if (prepared.file !== undefined && prepared.file === identityOf(file)) return prepared.store
    prepared.store.close()
    return undefined
  }

  config(): Promise<GatewayConfig> {
    return this.#once('config', () => this.#parts.loadConfig({cwd: this.#cwd, env: this.#env}))
  }

  registry(): Promise<ModelRegistry> {
    return this.#once('registry', async () => {
      const {values} = await this.config()
      return this.#parts.createModelRegistry(modelSettings(values, this.#env))
    })
  }

  async permissions(): Promise<ConfiguredPermissions> {
    const {values} = await this.config()
    return {
      mode: values['permissions.mode'],
      addDirs: values['permissions.addDirs'],
      sandbox: values['permissions.sandbox'],
      rules: {allow: values['permissions.allow'], ask: values['permissions.ask'], deny: values['permissions.deny']},
    }
  }

  /** No tools where the configuration switches them off. */
  tools(): Promise<Tool[]> {
    return this.#once('tools', async () => {
      const {values} = await this.config()
      if (!values['tools.enabled']) return []
      const {commandShell} = await import('./tools/command/person-shell.js')
      const fetch = {
        privateHosts: values['tools.fetchPrivate'],
        timeoutMs: values['tools.fetchTimeoutMs'],
        env: this.#env,
      }
      return this.#parts.createTools({
        sandbox: values['permissions.sandbox'],
        shell: commandShell(this.#env),
        keepsShell: values['tools.keepShell'],
        fetch,
        search: values['models.webSearch'],
        delegates: values['agents.enabled'],
      })
    })
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#pending.get(name)
    if (known) return known as Promise<T>
    const made = make().catch((error: unknown) => {
      this.#pending.delete(name)
      throw error
    })
    this.#pending.set(name, made)
    return made
  }
}

/** Which file it is now, whatever its name; undefined where that can't be told. */
function identityOf(file: string): string | undefined {
  try {
    const {dev, ino} = statSync(file)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
