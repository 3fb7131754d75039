import {existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {McpServerConfig} from '../../../src/config/schema.js'
import type {McpHost} from '../../../src/gateway/mcp/server.js'
import {McpServers} from '../../../src/gateway/mcp/servers.js'
import type {McpPin, NewImage} from '../../../src/gateway/store/types.js'
import type {PermitRequest, Tool, ToolContext} from '../../../src/gateway/tools/types.js'
import {root} from '../../helpers/build.js'

export const fixture = path.join(root, 'test', 'fixtures', 'mcp-server.mjs')

/** The servers of one gateway, with real processes; what it would store is kept here, and outlives it. */
export class Lab {
  readonly home = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-mcp-')))
  readonly pins = new Map<string, McpPin>()
  readonly told: string[] = []
  readonly notes: Record<string, string | number>[] = []
  readonly asked: PermitRequest[] = []
  readonly questions: string[] = []
  readonly progress: string[] = []
  readonly images: NewImage[] = []
  /** The answer to the next questions; none: the first choice. */
  answers: string[] = []
  mayCall = true
  stop = new AbortController()
  env: NodeJS.ProcessEnv = {...process.env}
  #servers: McpServers[] = []

  get trace(): string {
    return path.join(this.home, 'trace')
  }

  /** What the fixture was told, a line each. */
  traced(): string[] {
    return existsSync(this.trace) ? readFileSync(this.trace, 'utf8').split('\n').filter(Boolean) : []
  }

  /** The fixture with these flags. */
  server(flags: readonly string[] = [], more: McpServerConfig = {}): McpServerConfig {
    return {command: process.execPath, args: [fixture, `--trace=${this.trace}`, ...flags], ...more}
  }

  /** A gateway of its own. */
  gateway(own: Readonly<Record<string, McpServerConfig>>): McpServers {
    const host: McpHost = {
      env: this.env,
      logs: path.join(this.home, 'logs'),
      signIns: path.join(this.home, 'sign-ins'),
      pins: {
        all: async () => [...this.pins.values()],
        pin: async (pin) => void this.pins.set(`${pin.server} ${pin.identity}`, pin),
      },
      tell: (text) => this.told.push(text),
      note: (fields) => this.notes.push(Object.fromEntries(fields)),
    }
    const servers = new McpServers(host, {home: this.home, own})
    this.#servers.push(servers)
    return servers
  }

  async tools(servers: McpServers): Promise<Record<string, Tool>> {
    return Object.fromEntries((await servers.toolsAt(this.home)).map((tool) => [tool.name, tool]))
  }

  /** The result of a call of a tool of the servers. */
  async call(servers: McpServers, name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const tool = (await this.tools(servers))[name]
    if (!tool) throw new Error(`no tool ${name}`)
    return tool.run(args, this.context())
  }

  context(): ToolContext {
    return {
      cwd: this.home,
      env: process.env,
      signal: this.stop.signal,
      reads: new Map(),
      permit: async (request) => {
        this.asked.push(request)
        return this.mayCall ? {allowed: true} : {allowed: false, reason: 'the person did not allow this'}
      },
      progress: (read) => this.progress.push(read()),
      keepImage: (image) => this.images.push(image),
      clarify: async (question, choices) => {
        this.questions.push(question)
        return this.answers.shift() ?? choices?.[0] ?? ''
      },
      searchSessions: () => [],
    }
  }

  write(name: string, content: unknown): string {
    const file = path.join(this.home, name)
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((servers) => servers.close()))
    rmSync(this.home, {recursive: true, force: true})
  }
}

export const textOf = (result: Record<string, unknown>) => String(result.output ?? result.error)
