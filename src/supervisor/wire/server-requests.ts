import {type ErrorFrame, errorCodes, type ResultFrame} from '../../protocol/frames.js'
import {type AskId, type OpenRequest, refusedRequests, type ServerRequest} from '../../protocol/requests.js'
import {readRequest} from '../../protocol/shapes/requests.js'

/** How many ids that are settled are remembered, so that one that comes again is not asked again. */
const REMEMBERED = 1000

export type Received =
  | {kind: 'ask'; request: ServerRequest; odd: string | undefined}
  /** Nobody here answers it; the gateway must hear so at once, or its turn waits. */
  | {kind: 'refuse'; frame: ErrorFrame; odd: string | undefined}
  /** Known already. */
  | {kind: 'again'}

/**
 * Requests of one gateway process: each is asked once and answered once, under its own id. What is settled, by an
 * answer or a withdrawal, is settled for good.
 */
export class ServerRequests {
  /** Those that wait; `missed`: its frame never came, it was told at resume. */
  readonly #open = new Map<AskId, {request: ServerRequest; missed: boolean}>()
  readonly #settled = new Set<AskId>()

  receive(id: AskId, method: string, params: unknown, {missed = false} = {}): Received {
    if (this.#open.has(id) || this.#settled.has(id)) return {kind: 'again'}
    const reading = readRequest(id, method, params)
    if (reading.kind === 'asked') {
      this.#open.set(id, {request: reading.request, missed})
      const odd =
        reading.odd.length > 0 ? `${method} with an improper ${reading.odd.join(', ')}, taken as absent` : undefined
      return {kind: 'ask', request: reading.request, odd}
    }
    this.#settle(id)
    if (reading.kind === 'improper') {
      const message = `${method} without a proper ${reading.member}`
      return {kind: 'refuse', frame: refusal(id, errorCodes.invalidParams, message), odd: message}
    }
    const why = Object.hasOwn(refusedRequests, method) ? refusedRequests[method] : 'unknown request'
    return {kind: 'refuse', frame: refusal(id, errorCodes.unknownMethod, `${method}: ${why}`), odd: undefined}
  }

  /** The frame with which an open request is answered, or the request for one whose frame never came; else undefined. */
  answer(
    id: AskId,
    result: Record<string, unknown>,
  ): {response: ResultFrame} | {call: {method: string; params: Record<string, unknown>}} | undefined {
    const open = this.#open.get(id)
    if (!open) return undefined
    this.#open.delete(id)
    this.#settle(id)
    if (open.missed) return {call: {method: 'request.answer', params: {id, result}}}
    return {response: {jsonrpc: '2.0', id, result}}
  }

  /** It was withdrawn. False where nobody was asked it. */
  withdraw(id: AskId): boolean {
    this.#settle(id)
    return this.#open.delete(id)
  }

  /** What the gateway says is still open, and is to be asked by whoever opens the session now. */
  reopen(requests: readonly OpenRequest[]): Exclude<Received, {kind: 'again'}>[] {
    return requests.flatMap(({id, method, params}) => {
      const open = this.#open.get(id)
      if (open) return [{kind: 'ask', request: open.request, odd: undefined}]
      const received = this.receive(id, method, params, {missed: true})
      return received.kind === 'again' ? [] : [received]
    })
  }

  #settle(id: AskId): void {
    this.#settled.add(id)
    const [oldest] = this.#settled
    if (this.#settled.size > REMEMBERED && oldest !== undefined) this.#settled.delete(oldest)
  }
}

function refusal(id: AskId, code: number, message: string): ErrorFrame {
  return {jsonrpc: '2.0', id, error: {code, message}}
}
