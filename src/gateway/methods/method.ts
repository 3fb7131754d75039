import type {Method, Params} from '../../protocol/methods.js'
import type {Gateway} from '../gateway.js'

export interface Reply {
  result: Record<string, unknown>
  /** Runs when the answer was written. */
  after?: () => void
}

/**
 * When a request runs: `ordered` after those that came before it (what changes a session), `free` at
 * once, beside them (what may wait for a file or a network; what must be heard while another waits).
 */
export type Lane = 'ordered' | 'free'

export interface MethodEntry<M extends Method> {
  lane: Lane
  run(gateway: Gateway, params: Params<M>): Reply | Promise<Reply>
}

export type MethodTable<M extends Method> = {[K in M]: MethodEntry<K>}

export function ordered<M extends Method>(run: MethodEntry<M>['run']): MethodEntry<M> {
  return {lane: 'ordered', run}
}

export function free<M extends Method>(run: MethodEntry<M>['run']): MethodEntry<M> {
  return {lane: 'free', run}
}

/** UTC milliseconds as the wire has times: seconds. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000
}
