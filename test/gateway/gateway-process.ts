import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {LineSplitter} from '../../src/protocol/line-splitter.js'
import {compiledCode, ensureBuilt, root} from '../helpers/build.js'

export interface Frame {
  id?: unknown
  result?: Record<string, unknown>
  error?: {code: number; message: string; data?: Record<string, unknown>}
  params?: {type: string; session_id?: string; payload?: Record<string, unknown>}
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** As it is installed: from source each start would take 0.8 s of a processor instead of 0.15. */
const entry = path.join(root, 'dist', 'gateway', 'main.js')

/** Where the chats of other tests keep what is compiled, too. */
const compileCache = path.join(compiledCode, 'hermes', 'compile')

export interface StartOptions {
  model?: string
  env?: Record<string, string>
  /** Folder that the gateway works in; default the scratch home. */
  cwd?: string
}

/** A real gateway process on real pipes, and what a client saw of it. */
export class GatewayProcess {
  readonly child: ChildProcessWithoutNullStreams
  readonly frames: Frame[] = []
  readonly exited: Promise<Exit>
  stderr = ''
  #next = 1
  #changed: (() => void)[] = []
  #gone = false

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child
    const splitter = new LineSplitter(64 * 1024 * 1024)
    child.stdout.on('data', (chunk: Buffer) => {
      for (const line of splitter.push(chunk)) {
        if (line.kind === 'line') this.frames.push(JSON.parse(line.bytes.toString('utf8')))
      }
      this.#wake()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk
      this.#wake()
    })
    // A dying gateway breaks the pipe under a request; the test looks at its exit instead.
    child.stdin.on('error', () => {})
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#gone = true
        resolve({code, signal})
        this.#wake()
      })
    })
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the gateway was not started')
    return this.child.pid
  }

  raw(input: string | Buffer): void {
    this.child.stdin.write(input)
  }

  send(method: string, params: Record<string, unknown> = {}): string {
    const id = `r${this.#next++}`
    this.raw(`${JSON.stringify({jsonrpc: '2.0', id, method, params})}\n`)
    return id
  }

  async request(method: string, params: Record<string, unknown> = {}): Promise<Frame> {
    const id = this.send(method, params)
    return this.frame((frame) => frame.id === id)
  }

  /** The result of a request that is expected to succeed. */
  async call<T = Record<string, unknown>>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    const {result, error} = await this.request(method, params)
    if (!result) throw new Error(`${method}: ${error?.code} ${error?.message}`)
    return result as T
  }

  /** The error of a request that is expected to be refused. */
  async refused(method: string, params: Record<string, unknown> = {}): Promise<NonNullable<Frame['error']>> {
    const {error, result} = await this.request(method, params)
    if (!error) throw new Error(`${method} was not refused: ${JSON.stringify(result)}`)
    return error
  }

  /** The first frame from index `from` on that fits, now or when it comes. */
  async frame(fits: (frame: Frame) => boolean, from = 0): Promise<Frame> {
    for (let index = from; ; index++) {
      const frame = await this.#at(index)
      if (fits(frame)) return frame
    }
  }

  async event(type: string, from = 0): Promise<Record<string, unknown>> {
    const {params} = await this.frame((frame) => frame.params?.type === type, from)
    return params?.payload ?? {}
  }

  /** Waits until a condition on all that was seen holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#change()
  }

  async #at(index: number): Promise<Frame> {
    await this.until(() => this.frames.length > index)
    return this.frames[index] as Frame
  }

  async #change(): Promise<void> {
    if (this.#gone)
      throw new Error(`the gateway is gone; stderr: ${this.stderr}; last: ${JSON.stringify(this.frames.at(-1))}`)
    await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }

  types(from = 0): string[] {
    return this.frames.slice(from).map((frame) => frame.params?.type ?? (frame.error ? 'error response' : 'response'))
  }

  /** All reply text that the client was shown from frame `from` on. */
  shown(from = 0, type = 'message.delta'): string {
    return this.frames
      .slice(from)
      .filter((frame) => frame.params?.type === type)
      .map((frame) => String(frame.params?.payload?.text))
      .join('')
  }

  async create(params: Record<string, unknown> = {}): Promise<{sid: string; key: string}> {
    const result = await this.call('session.create', params)
    return {sid: String(result.session_id), key: String(result.stored_session_id)}
  }

  /** Sends a prompt and waits for the end of its turn. */
  async turn(sid: string, text: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const from = this.frames.length
    await this.call('prompt.submit', {session_id: sid, text, ...params})
    const complete = await this.event('message.complete', from)
    await this.event(
      'session.info',
      this.frames.findIndex((frame) => frame.params?.payload === complete),
    )
    return complete
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.child.kill(signal)
    return this.exited
  }
}

/** A temporary home for each test, and gateways that never outlive it. */
export class Scratch {
  home = ''
  /** A folder beside it: what lies in the home of hermes is not read unasked. */
  project = ''
  #folder = ''
  #started: GatewayProcess[] = []
  #ends: (() => unknown)[] = []

  constructor() {
    before(function () {
      this.timeout(120_000)
      ensureBuilt()
    })
    beforeEach(async () => {
      this.#folder = await mkdtemp(path.join(tmpdir(), 'hermes-gateway-'))
      this.home = path.join(this.#folder, 'home')
      this.project = path.join(this.#folder, 'project')
      await Promise.all([mkdir(this.home), mkdir(this.project)])
    })
    afterEach(async () => {
      await Promise.all(this.#started.map((gateway) => gateway.kill()))
      this.#started = []
      await Promise.all(this.#ends.splice(0).map((end) => end()))
      await rm(this.#folder, {recursive: true, force: true})
    })
  }

  /** When the test and its gateways have ended: a server that still listens would keep this process for ever. */
  atEnd(end: () => unknown): void {
    this.#ends.push(end)
  }

  spawn(options: StartOptions = {}): GatewayProcess {
    const child = spawn(process.execPath, [entry], {
      cwd: options.cwd ?? this.home,
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        HERMES_HOME: this.home,
        HERMES_MODEL: options.model ?? 'offline/20@500',
        // As a chat hands it down.
        HERMES_GATEWAY_COMPILE_CACHE: compileCache,
        ...options.env,
      },
    })
    const gateway = new GatewayProcess(child)
    this.#started.push(gateway)
    return gateway
  }

  async start(options: StartOptions = {}): Promise<GatewayProcess> {
    const gateway = this.spawn(options)
    await gateway.event('gateway.ready')
    return gateway
  }
}
