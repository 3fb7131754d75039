import type {McpServerConfig} from '../../config/schema.js'
import {visibleText} from '../../control-sequences.js'
import {messageOf} from '../../errors.js'
import {isSecretName} from '../../redact/index.js'
import type {Tool} from '../tools/types.js'
import {type ConfiguredServer, type ConfiguredServers, configuredServers} from './configured.js'
import {type McpHost, McpServer} from './server.js'
import {mcpTool} from './tool.js'
import {within} from './within.js'

/** OpenAI refuses a request with more than 128 tools, ours among them. */
const MAX_TOOLS = 100

/** So long a prompt waits for servers that were never asked what they have; then they have it for the next one. */
export const FIRST_LISTING_MS = 5000

/** All servers of a gateway, each started at most once for all its sessions. */
export class McpServers {
  readonly #host: McpHost
  readonly #home: string
  readonly #own: Readonly<Record<string, McpServerConfig>>
  readonly #servers = new Map<string, McpServer>()
  readonly #told = new Set<string>()

  constructor(host: McpHost, {home, own}: {home: string; own: Readonly<Record<string, McpServerConfig>>}) {
    this.#host = host
    this.#home = home
    this.#own = own
  }

  /** Those that may be used from a folder, with what is stored of them. */
  async at(cwd: string): Promise<{servers: McpServer[]; found: ConfiguredServers}> {
    const found = await configuredServers({home: this.#home, cwd, env: this.#host.env, own: this.#own})
    const pins = found.servers.length > 0 ? await this.#host.pins.all() : []
    const servers = found.servers.map((configured) => {
      const key = `${configured.name}\0${configured.identity}\0${configured.source === 'project' ? cwd : ''}`
      const known = this.#servers.get(key) ?? new McpServer(configured, cwd, this.#host)
      this.#servers.set(key, known)
      known.know(pins)
      return known
    })
    return {servers, found}
  }

  /**
   * The tools of all of them, as they were when the person took them; nothing is started. A server that was never asked is
   * asked now, and a prompt waits for that a while.
   */
  async toolsAt(cwd: string): Promise<Tool[]> {
    const {servers, found} = await this.at(cwd)
    this.#tellProblems(found)
    await Promise.all(
      servers.filter((server) => !server.pinned && !server.refused).map((server) => this.#first(server)),
    )
    const tools = servers
      .filter((server) => server.refused === undefined)
      .flatMap((server) => (server.pinned?.tools ?? []).map((definition) => mcpTool(server, definition)))
    if (tools.length > MAX_TOOLS) {
      this.#tellOnce(
        `MCP servers have ${tools.length} tools, and the model is told of ${MAX_TOOLS}: choose by \`tools\``,
      )
    }
    return tools.slice(0, MAX_TOOLS)
  }

  /** What must not be shown of what they were given. */
  get secrets(): string[] {
    return [...this.#servers.values()].flatMap(({configured}) => secretsOf(configured, this.#host.env))
  }

  /** Ends all of them, and starts none any more. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#servers.values()].map((server) => server.close()))
  }

  async #first(server: McpServer): Promise<void> {
    const late = `it did not tell its tools within ${FIRST_LISTING_MS / 1000} s; they are there for a prompt after that`
    try {
      await within(FIRST_LISTING_MS, late, server.ready())
      const {tools = [], problems = []} = server.pinned ?? {}
      this.#tellOnce(`MCP server ${server.name}: ${tools.length} tools, each asks before it is called (/mcp)`)
      for (const problem of problems) this.#tellOnce(`MCP server ${server.name}: ${problem}`)
    } catch (error) {
      this.#tellOnce(`MCP server ${server.name} is not used: ${messageOf(error)}`)
    }
  }

  #tellProblems({problems, untrusted}: ConfiguredServers): void {
    for (const problem of problems) this.#tellOnce(problem)
    if (!untrusted) return
    const {file, count} = untrusted
    const what = count === 1 ? '1 MCP server' : `${count} MCP servers`
    this.#tellOnce(`${what} of ${visibleText(file)} not used until you read and trust it: hermes config trust`)
  }

  #tellOnce(text: string): void {
    if (this.#told.has(text)) return
    this.#told.add(text)
    this.#host.tell(text)
  }
}

/** Headers, variables whose names say so, and what variables of ours were put in their place. */
function secretsOf({config}: ConfiguredServer, env: NodeJS.ProcessEnv): string[] {
  const {env: variables = {}, headers = {}, args = []} = config
  const named = Object.entries(variables).flatMap(([name, value]) => (isSecretName(name) ? value : []))
  const headed = Object.values(headers).flatMap((value) => [value, value.replace(/^\w+ +/, '')])
  const texts = [...Object.values(variables), ...Object.values(headers), ...args]
  const ours = texts.flatMap((text) =>
    [...text.matchAll(/\$\{([A-Za-z_]\w*)/g)].flatMap(([, name = '']) => env[name] ?? []),
  )
  return [...named, ...headed, ...ours].filter((value) => value.length >= 8 && !value.includes('${'))
}
