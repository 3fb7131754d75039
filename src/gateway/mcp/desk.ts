import type {GatewayConfig} from '../../config/handed-down.js'
import {homeFiles} from '../../platform.js'
import type {Store} from '../store/types.js'
import type {Tool} from '../tools/types.js'
import type {McpHost} from './server.js'
import type {McpServers} from './servers.js'

export interface McpDeskOptions extends Pick<McpHost, 'env' | 'tell' | 'note'> {
  home: string
  config(): Promise<GatewayConfig>
  store(): Promise<Store>
}

/** Where a gateway asks for its servers. Without any, nothing of them is loaded; with some, nothing before the first prompt. */
export class McpDesk {
  readonly #options: McpDeskOptions
  #opened: Promise<McpServers> | undefined
  #closed = false

  constructor(options: McpDeskOptions) {
    this.#options = options
  }

  /** Undefined where there are none for that folder. */
  async servers(cwd: string): Promise<McpServers | undefined> {
    if (this.#closed) return undefined
    if (this.#opened) return this.#opened
    const {home, env, config} = this.#options
    const own = (await config()).values.mcp
    const {mayHaveServers} = await import('./configured.js')
    if (!mayHaveServers({home, cwd, env, own: Object.keys(own).length})) return undefined
    this.#opened ??= this.#open()
    return this.#opened
  }

  async toolsAt(cwd: string): Promise<{tools: Tool[]; secrets: string[]}> {
    const servers = await this.servers(cwd)
    if (!servers) return {tools: [], secrets: []}
    const tools = await servers.toolsAt(cwd)
    return {tools, secrets: servers.secrets}
  }

  /** Ends what runs. What does not end by itself goes with this process. */
  close(): void {
    this.#closed = true
    void this.#opened?.then((servers) => servers.close())
  }

  async #open(): Promise<McpServers> {
    const {home, env, tell, note, config, store} = this.#options
    const {McpServers} = await import('./servers.js')
    const pins: McpHost['pins'] = {
      all: async () => (await store()).mcpPins(),
      pin: async (pin) => (await store()).pinMcp(pin),
    }
    return new McpServers(
      {env, logs: homeFiles(home).mcpLogs, signIns: homeFiles(home).mcpSignIns, pins, tell, note},
      {home, own: (await config()).values.mcp},
    )
  }
}
