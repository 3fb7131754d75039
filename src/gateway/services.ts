import type {GatewayConfig} from '../config/handed-down.js'
import {homeFiles} from '../platform.js'
import type {ModelRegistry, ModelSettings} from './models/types.js'
import type {Store} from './store/types.js'
import type {Tool} from './tools/types.js'

/** The makers of what a gateway works with; the defaults import the real ones when first needed. */
export interface GatewayParts {
  openStore(path: string): Store | Promise<Store>
  loadConfig(options: {cwd: string; env: NodeJS.ProcessEnv}): Promise<GatewayConfig>
  createModelRegistry(settings: ModelSettings): ModelRegistry | Promise<ModelRegistry>
  createTools(): Tool[] | Promise<Tool[]>
}

/**
 * How long a database that another process locks is waited for. The wait blocks the loop, so it has
 * to end before three heartbeats are missed and the process is taken for stuck.
 */
const BUSY_MS = 2000

export const realParts: GatewayParts = {
  async openStore(path) {
    const {openStore} = await import('./store/index.js')
    return openStore(path, {busyTimeoutMs: BUSY_MS})
  },
  async loadConfig(options) {
    const {loadConfig} = await import('../config/load.js')
    return loadConfig(options)
  },
  async createModelRegistry(settings) {
    const {createModelRegistry} = await import('./models/index.js')
    return createModelRegistry(settings)
  },
  async createTools() {
    const {createTools} = await import('./tools/index.js')
    return createTools()
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
  #openStore: Store | undefined
  readonly #pending = new Map<string, Promise<unknown>>()

  constructor(options: {parts: GatewayParts; home: string; env: NodeJS.ProcessEnv; cwd: string}) {
    this.#parts = options.parts
    this.#home = options.home
    this.#env = options.env
    this.#cwd = options.cwd
  }

  /** The store if it is open already; for the end of the process, which opens nothing. */
  get openedStore(): Store | undefined {
    return this.#openStore
  }

  store(): Promise<Store> {
    return this.#once('store', async () => {
      this.#openStore = await this.#parts.openStore(homeFiles(this.#home).database)
      return this.#openStore
    })
  }

  config(): Promise<GatewayConfig> {
    return this.#once('config', () => this.#parts.loadConfig({cwd: this.#cwd, env: this.#env}))
  }

  registry(): Promise<ModelRegistry> {
    return this.#once('registry', async () => {
      const {values} = await this.config()
      return this.#parts.createModelRegistry({
        model: values.model,
        providers: {...values.providers},
        maxOutputTokens: values.maxOutputTokens,
        reasoningEffort: values.reasoningEffort,
        discoverLocal: values.discoverLocal,
        env: this.#env,
      })
    })
  }

  /** No tools where the configuration switches them off. */
  tools(): Promise<Tool[]> {
    return this.#once('tools', async () => {
      const {values} = await this.config()
      return values['tools.enabled'] ? this.#parts.createTools() : []
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
