import type {Socket} from 'node:net'
import {connectTo} from '../../../src/hand-over/connect.js'
import {type RunningGateway, runningGateways} from '../../../src/hand-over/running.js'
import {LineSplitter} from '../../../src/protocol/line-splitter.js'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import type {Frame} from '../gateway-process.js'

export const instance = (number: number) => number.toString(16).padStart(8, '0')

/** Waits for the file of a gateway that has no terminal. */
export async function detachedIn(folder: string): Promise<RunningGateway> {
  for (;;) {
    const running = runningGateways(folder).find(({detachedAt}) => detachedAt !== undefined)
    if (running) return running
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Who comes back to a gateway, and what is heard then. */
export class AttachedClient {
  readonly socket: Socket
  readonly frames: Frame[] = []
  /** Frames that came before the session was open, and belong behind it. */
  closed = false
  #next = 1
  #changed: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    const splitter = new LineSplitter(64 * 1024 * 1024)
    socket.on('data', (chunk: Buffer) => {
      for (const line of splitter.push(chunk)) {
        if (line.kind === 'line') this.frames.push(JSON.parse(line.bytes.toString('utf8')))
      }
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
    socket.resume()
  }

  static async to(running: RunningGateway, number = 1): Promise<AttachedClient> {
    const {socket} = await connectTo(running, {build: 'test', instance: instance(number), purpose: 'attach'})
    return new AttachedClient(socket)
  }

  async call<T = Record<string, unknown>>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    const id = `a${this.#next++}`
    this.socket.write(`${JSON.stringify({jsonrpc: '2.0', id, method, params})}\n`)
    const fits = (frame: Frame) => frame.id === id
    await this.until(() => this.frames.some(fits))
    const {result, error} = this.frames.find(fits) ?? {}
    if (!result) throw new Error(`${method}: ${error?.message}`)
    return result as T
  }

  resume(key: string): Promise<SessionOpened> {
    return this.call<SessionOpened>('session.resume', {session_id: key, limit: 200})
  }

  types(): string[] {
    return this.frames.flatMap(({params}) => params?.type ?? [])
  }

  /** Text of the reply that came as events. */
  text(): string {
    return this.frames
      .filter(({params}) => params?.type === 'message.delta')
      .map(({params}) => String(params?.payload?.text))
      .join('')
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.closed) throw new Error(`the gateway hung up; heard: ${this.types().join(' ')}`)
      await new Promise<void>((resolve) => this.#changed.push(resolve))
    }
  }

  async hangUp(): Promise<void> {
    this.socket.destroy()
    if (!this.closed) await new Promise<void>((resolve) => this.socket.once('close', () => resolve()))
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}

/** Numbers of the offline model's words. */
export const wordsIn = (text: string) => [...text.matchAll(/\bword(\d+)\b/g)].map((match) => Number(match[1]))
