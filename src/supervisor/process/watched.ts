import {MAX_FRAME_BYTES, MAX_REQUEST_BYTES} from '../../protocol/frames.js'
import {LineSplitter} from '../../protocol/line-splitter.js'
import type {AdoptedGateway} from '../types.js'
import type {Child, ChildListeners} from './types.js'

/** A gateway that is another one's, of which we see what he sees. Whatever ends here, it ends nothing there. */
export class WatchedChild implements Child {
  readonly #gateway: AdoptedGateway
  readonly #listeners: ChildListeners
  readonly #frames = new LineSplitter(MAX_FRAME_BYTES)

  constructor(gateway: AdoptedGateway, listeners: ChildListeners) {
    this.#gateway = gateway
    this.#listeners = listeners
    // Nobody is told of anything before he has the child.
    queueMicrotask(() => this.#begin())
  }

  get pid(): number {
    return this.#gateway.pid
  }

  write(frame: string): boolean {
    const {socket} = this.#gateway
    if (!socket.writable || socket.writableLength > 2 * MAX_REQUEST_BYTES) return false
    socket.write(frame)
    return true
  }

  endInput(): void {
    this.#gateway.socket.destroy()
  }

  letGo(): void {
    this.#gateway.socket.destroy()
  }

  /** It is not ours to be signalled. */
  signal(): void {
    this.#gateway.socket.destroy()
  }

  #begin(): void {
    const {socket} = this.#gateway
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      for (const line of this.#frames.push(chunk)) {
        if (line.kind === 'line') this.#listeners.line(line.bytes)
        else this.#listeners.tooLong(line.head, line.length)
      }
    })
    socket.once('close', () => this.#ended())
    this.#listeners.spawned(this.pid)
    if (socket.destroyed) this.#ended()
    else socket.resume()
  }

  #ended(): void {
    this.#listeners.exiting()
    this.#listeners.ended({code: null, signal: null, spawnError: undefined, stderrTail: []})
  }
}
