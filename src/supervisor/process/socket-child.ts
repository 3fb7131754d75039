import type {Socket} from 'node:net'
import {MAX_FRAME_BYTES, MAX_REQUEST_BYTES} from '../../protocol/frames.js'
import {LineSplitter} from '../../protocol/line-splitter.js'
import type {AdoptedGateway} from '../types.js'
import type {Child, ChildListeners} from './types.js'

/** A gateway that works already, behind its socket. */
export abstract class SocketChild implements Child {
  protected readonly gateway: AdoptedGateway
  protected readonly listeners: ChildListeners
  readonly #frames = new LineSplitter(MAX_FRAME_BYTES)

  constructor(gateway: AdoptedGateway, listeners: ChildListeners) {
    this.gateway = gateway
    this.listeners = listeners
    // Nobody is told of anything before he has the child.
    queueMicrotask(() => this.#begin())
  }

  get pid(): number {
    return this.gateway.pid
  }

  protected get socket(): Socket {
    return this.gateway.socket
  }

  write(frame: string): boolean {
    const {socket} = this
    if (!socket.writable || socket.writableLength > 2 * MAX_REQUEST_BYTES) return false
    socket.write(frame)
    return true
  }

  abstract endInput(): void
  abstract letGo(): void
  abstract signal(signal: 'SIGTERM' | 'SIGKILL'): void

  /** The socket is closed. */
  protected abstract closed(): void

  #begin(): void {
    const {socket} = this
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => this.#deliver(chunk))
    socket.once('close', () => this.closed())
    this.listeners.spawned(this.pid)
    if (socket.destroyed) this.closed()
    else socket.resume()
  }

  #deliver(chunk: Buffer): void {
    for (const line of this.#frames.push(chunk)) {
      if (line.kind === 'line') this.listeners.line(line.bytes)
      else this.listeners.tooLong(line.head, line.length)
    }
  }
}
