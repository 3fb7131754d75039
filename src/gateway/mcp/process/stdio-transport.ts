import type {JSONRPCMessage, Transport} from '@modelcontextprotocol/client'
import {isObject} from '../../../protocol/shapes/shape.js'
import {NotReached} from '../not-reached.js'
import {within} from '../within.js'
import type {ServerLog} from './log-file.js'
import {endText, type ServerProcess} from './server-process.js'

/** A message of the protocol at most; what is longer would be held in memory for nobody. */
const MAX_MESSAGE = 16 * 1_048_576

const STOP_GRACE_MS = 1000

const LEFT_MS = 400

/** A message a line, as the library's own transport has it; what is no message is noise, and kept with the log. */
export class StdioTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: Transport['onmessage']
  /** Why it is closed, in words; undefined: it is not, or we closed it. */
  closedBy: string | undefined
  readonly #start: () => ServerProcess
  readonly #log: ServerLog
  #process: ServerProcess | undefined
  #rest: Buffer[] = []
  #restLength = 0
  #closed = false

  constructor(start: () => ServerProcess, log: ServerLog) {
    this.#start = start
    this.#log = log
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  async start(): Promise<void> {
    this.#log.begin()
    const server = this.#start()
    this.#process = server
    server.stdout.on('data', (chunk: Buffer) => this.#take(chunk))
    server.stderr.on('data', (chunk: Buffer) => this.#log.write(chunk.toString()))
    void server.ended.then((end) => {
      // What could not be started may be closed by whoever writes to it before it is seen to have ended.
      const neverWas = end.failure !== undefined || end.code === 127 || end.code === 126
      if (!this.#closed || neverWas) this.closedBy ??= endText(end)
      if (!this.#closed) this.#close()
    })
  }

  /** Throws {@link NotReached} where less than a line of it went out, which no server acts on. */
  async send(message: JSONRPCMessage): Promise<void> {
    const server = this.#process
    if (!server || this.#closed) throw new NotReached(this.closedBy)
    const error = await new Promise<Error | null | undefined>((resolve) => {
      server.stdin.write(`${JSON.stringify(message)}\n`, resolve)
    })
    if (error) throw new NotReached(this.closedBy)
  }

  /** Why it is closed, where that is known or comes to be known within a moment: to write to it fails before. */
  async left(): Promise<string | undefined> {
    const ended = this.#process?.ended
    if (ended && this.closedBy === undefined) await within(LEFT_MS, '', ended).catch(() => {})
    return this.closedBy
  }

  async close(): Promise<void> {
    if (!this.#closed) this.#close()
    await this.#process?.stop(STOP_GRACE_MS)
  }

  #close(): void {
    this.#closed = true
    this.#rest = []
    this.onclose?.()
  }

  #take(chunk: Buffer): void {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1 && !this.#closed; end = chunk.indexOf(10, from)) {
      this.#rest.push(chunk.subarray(from, end))
      const line = Buffer.concat(this.#rest).toString()
      this.#rest = []
      this.#restLength = 0
      from = end + 1
      this.#line(line.trim())
    }
    if (this.#closed) return
    this.#rest.push(chunk.subarray(from))
    this.#restLength += chunk.length - from
    if (this.#restLength <= MAX_MESSAGE) return
    this.closedBy = `it sent a message of more than ${MAX_MESSAGE / 1_048_576} MiB`
    void this.close()
  }

  #line(line: string): void {
    if (line === '') return
    const message = messageOf(line)
    if (message) this.onmessage?.(message)
    else this.#log.write(`[on stdout] ${line.slice(0, 1000)}\n`)
  }
}

function messageOf(line: string): JSONRPCMessage | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) && value.jsonrpc === '2.0' ? (value as unknown as JSONRPCMessage) : undefined
  } catch {
    return undefined
  }
}
