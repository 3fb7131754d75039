import {messageOf} from '../../errors.js'
import {monotonicMs} from '../monotonic.js'
import type {McpPin} from '../store/types.js'
import {type ConfiguredServer, placeOf} from './configured.js'
import {Connection} from './connection.js'
import {type Definitions, type Difference, differenceOf, hashOf, parseDefinitions} from './definitions.js'
import {NotReached} from './not-reached.js'
import {ServerLog} from './process/log-file.js'

/** What servers need of the gateway that they are of. */
export interface McpHost {
  env: NodeJS.ProcessEnv
  logs: string
  /** Folder of what signing in to servers brought. */
  signIns: string
  pins: {
    all(): Promise<McpPin[]>
    pin(pin: McpPin): Promise<void>
  }
  /** One line for the person. */
  tell(text: string): void
  /** A breadcrumb of a server's end. */
  note(fields: readonly (readonly [string, string | number])[]): void
}

/** A server that dies is started again so often within the window; then it is left alone for a while. */
const RESTARTS = 3
const WINDOW_MS = 60_000

export interface Ready {
  connection: Connection
  /** What its tools are now, where that is not what they were when the person took them. */
  changes: {difference: Difference; now: Definitions} | undefined
}

/** One server in one gateway: started when it is first needed, and again when it died, as often as its budget allows. */
export class McpServer {
  readonly configured: ConfiguredServer
  readonly #host: McpHost
  readonly #cwd: string
  readonly #log: ServerLog
  #connection: Connection | undefined
  #opening: Promise<Connection> | undefined
  /** What its tools are, as far as this process was told; undefined: it has to be asked. */
  #told: Definitions | undefined
  #pinned: Definitions | undefined
  #starts: number[] = []
  #startedAt = 0
  #calls = 0
  #closed = false
  /** Why it is not used any more, in words. */
  refused: string | undefined
  lastError: string | undefined

  constructor(configured: ConfiguredServer, cwd: string, host: McpHost) {
    this.configured = configured
    this.#cwd = cwd
    this.#host = host
    this.#log = new ServerLog(host.logs, configured.name)
  }

  get name(): string {
    return this.configured.name
  }

  get logFile(): string {
    return this.#log.file
  }

  get state(): 'not started' | 'starting' | 'running' | 'ended' {
    if (this.#connection) return 'running'
    if (this.#opening) return 'starting'
    return this.#starts.length > 0 ? 'ended' : 'not started'
  }

  /** What the person took; undefined: nothing yet. */
  get pinned(): Definitions | undefined {
    return this.#pinned
  }

  /** What is stored of it; what is of another identity is another server's. */
  know(pins: readonly McpPin[]): void {
    const {name, identity} = this.configured
    const pin = pins.find((each) => each.server === name && each.identity === identity)
    const before = this.#pinned && hashOf(this.#pinned)
    this.#pinned = pin && parseDefinitions(pin.definitions)
    // The person took something else meanwhile, by a command.
    if (pin && before !== undefined && pin.hash !== before) this.refused = undefined
  }

  /** It answers, and its tools are known: as they are now, against what was taken. Rejects in words. */
  async ready(signal?: AbortSignal): Promise<Ready> {
    const connection = await untilAborted(this.#connect(), signal)
    const now = this.#told ?? (await untilAborted(this.#list(connection), signal))
    if (!this.#pinned) await this.take(now)
    const difference = differenceOf(this.#pinned ?? now, now)
    return {connection, changes: difference && {difference, now}}
  }

  /** From now on its tools are these. */
  async take(definitions: Definitions): Promise<void> {
    const {name, identity} = this.configured
    this.#pinned = definitions
    const pin = {server: name, identity, hash: hashOf(definitions), definitions: JSON.stringify(definitions)}
    await this.#host.pins.pin(pin)
  }

  /** The person does not want it as it is now. */
  async refuse(why: string): Promise<void> {
    this.refused = why
    await this.#stop()
  }

  /**
   * Asks it for something, once more where it ended before that reached it. `connect`: how a connection is had; default
   * what {@link ready} says. What it works on is counted, for whoever is told of its end.
   */
  async ask<T>(work: (connection: Connection) => Promise<T>, connect?: () => Promise<Connection>): Promise<T> {
    const had = connect ?? (async () => (await this.ready()).connection)
    const connection = await had()
    try {
      return await this.#during(connection, work)
    } catch (error) {
      if (!(error instanceof NotReached)) throw error
      await connection.untilEnded()
      return this.#during(await had(), work)
    }
  }

  async #during<T>(connection: Connection, work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#calls++
    try {
      return await work(connection)
    } finally {
      this.#calls--
    }
  }

  /** Ends it, and it is not started again. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#stop()
  }

  async #stop(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    this.#told = undefined
    await connection?.close()
  }

  #connect(): Promise<Connection> {
    if (this.refused !== undefined) return Promise.reject(new Error(this.refused))
    if (this.#connection) return Promise.resolve(this.#connection)
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(): Promise<Connection> {
    if (this.#closed) throw new Error('the gateway ends')
    const now = monotonicMs()
    this.#starts = this.#starts.filter((at) => now - at < WINDOW_MS)
    if (this.#starts.length > RESTARTS) {
      const wait = Math.ceil((WINDOW_MS - (now - (this.#starts[0] ?? now))) / 1000)
      const last = this.lastError === undefined ? '' : `; last: ${this.lastError}`
      throw new Error(
        `it ended ${this.#starts.length} times within ${WINDOW_MS / 1000} s and is left alone for ${wait} s${last}`,
      )
    }
    this.#starts.push(now)
    this.#startedAt = now
    this.#told = undefined
    const {name, config} = this.configured
    try {
      const connection = await Connection.open(
        {name, config, cwd: this.#cwd, env: this.#host.env, signIns: this.#host.signIns},
        {
          log: this.#log,
          onGone: (why) => this.#gone(why),
          onChanged: () => {
            this.#told = undefined
          },
        },
      )
      if (this.#closed) {
        void connection.close()
        throw new Error('the gateway ends')
      }
      this.#connection = connection
      return connection
    } catch (error) {
      this.#failed(messageOf(error), 'start')
      throw error
    }
  }

  async #list(connection: Connection): Promise<Definitions> {
    try {
      this.#told = await connection.list()
      return this.#told
    } catch (error) {
      // One that can't say what it has, or is silent, is started anew for the next call.
      if (this.#connection === connection) {
        await this.#stop()
        this.#failed(messageOf(error), 'list')
      }
      throw error
    }
  }

  #gone(why: string): void {
    this.#connection = undefined
    this.#told = undefined
    this.#failed(why, this.#calls > 0 ? 'call' : 'idle')
    const when = this.#calls > 0 ? ' in mid-call' : ''
    this.#host.tell(`MCP server ${this.name} ended${when}: ${why}. It is started again when it is needed (/mcp)`)
  }

  #failed(why: string, during: string): void {
    this.lastError = why
    this.#host.note([
      ['server', this.name],
      ['during', during],
      ['cause', why],
      ['from', placeOf(this.configured)],
      ['upMs', Math.round(monotonicMs() - this.#startedAt)],
      ['log', this.#log.file],
    ])
  }
}

/** Who interrupts waits no longer; the work goes on for whoever comes next. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  const {promise, reject} = Promise.withResolvers<never>()
  const onAbort = () => reject(new Error('interrupted'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, {once: true})
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => {})
    promise.catch(() => {})
  }
}
