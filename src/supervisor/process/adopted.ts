import {setTimeout as pause} from 'node:timers/promises'
import {isSameProcess} from '../../platform.js'
import type {AdoptedGateway} from '../types.js'
import type {OrphanGuard} from './orphan-guard.js'
import {SocketChild} from './socket-child.js'
import type {ChildListeners} from './types.js'

/** From its hang-up to its end it does its bookkeeping; 100 ms as a rule. */
const END_MS = 3000

const POLL_MS = 10

/** A gateway whose client we are from here on: no child, so its end is that of the socket and of its process. */
export class AdoptedChild extends SocketChild {
  readonly #guard: Pick<OrphanGuard, 'add' | 'delete'>
  #left = false

  constructor(gateway: AdoptedGateway, listeners: ChildListeners, guard: Pick<OrphanGuard, 'add' | 'delete'>) {
    super(gateway, listeners)
    this.#guard = guard
    guard.add(this.pid)
  }

  endInput(): void {
    this.socket.end()
  }

  letGo(): void {
    this.#left = true
    this.#guard.delete(this.pid)
    this.socket.destroy()
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (!isSameProcess(this.gateway)) return
    const group = -this.pid
    send(signal === 'SIGKILL' ? group : this.pid, signal)
    if (signal === 'SIGTERM') send(this.pid, 'SIGCONT')
  }

  protected closed(): void {
    if (!this.#left) void this.#ended()
  }

  /** No second process on a session while the first lives. */
  async #ended(): Promise<void> {
    this.listeners.exiting()
    for (let waited = 0; waited < END_MS && isSameProcess(this.gateway); waited += POLL_MS) await pause(POLL_MS)
    this.signal('SIGKILL')
    this.#guard.delete(this.pid)
    const end = await this.gateway.end?.().catch(() => undefined)
    this.listeners.ended({code: null, signal: null, stderrTail: [], ...end, spawnError: undefined})
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}
