import {setTimeout as pause} from 'node:timers/promises'
import {isSameProcess} from '../../platform.js'
import {MAX_FRAME_BYTES, MAX_REQUEST_BYTES} from '../../protocol/frames.js'
import {LineSplitter} from '../../protocol/line-splitter.js'
import type {AdoptedGateway} from '../types.js'
import type {OrphanGuard} from './orphan-guard.js'
import type {Child, ChildListeners} from './types.js'

/** From its hang-up to its end it does its bookkeeping; 100 ms as a rule. */
const END_MS = 3000

const POLL_MS = 10

/** A gateway that works already, behind its socket: no child, so its end is that of the socket and of its process. */
export class AdoptedChild implements Child {
  readonly #gateway: AdoptedGateway
  readonly #listeners: ChildListeners
  readonly #guard: Pick<OrphanGuard, 'add' | 'delete'>
  readonly #frames = new LineSplitter(MAX_FRAME_BYTES)
  #left = false

  constructor(gateway: AdoptedGateway, listeners: ChildListeners, guard: Pick<OrphanGuard, 'add' | 'delete'>) {
    this.#gateway = gateway
    this.#listeners = listeners
    this.#guard = guard
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
    this.#gateway.socket.end()
  }

  letGo(): void {
    this.#left = true
    this.#guard.delete(this.pid)
    this.#gateway.socket.destroy()
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (!isSameProcess(this.#gateway)) return
    const group = -this.pid
    send(signal === 'SIGKILL' ? group : this.pid, signal)
    if (signal === 'SIGTERM') send(this.pid, 'SIGCONT')
  }

  #begin(): void {
    const {socket} = this.#gateway
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => this.#deliver(chunk))
    socket.once('close', () => void this.#ended())
    this.#guard.add(this.pid)
    this.#listeners.spawned(this.pid)
    if (socket.destroyed) void this.#ended()
    else socket.resume()
  }

  #deliver(chunk: Buffer): void {
    for (const line of this.#frames.push(chunk)) {
      if (line.kind === 'line') this.#listeners.line(line.bytes)
      else this.#listeners.tooLong(line.head, line.length)
    }
  }

  /** No second process on a session while the first lives. */
  async #ended(): Promise<void> {
    if (this.#left) return
    this.#listeners.exiting()
    for (let waited = 0; waited < END_MS && isSameProcess(this.#gateway); waited += POLL_MS) await pause(POLL_MS)
    this.signal('SIGKILL')
    this.#guard.delete(this.pid)
    const end = await this.#gateway.end?.().catch(() => undefined)
    this.#listeners.ended({code: null, signal: null, stderrTail: [], ...end, spawnError: undefined})
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}
