import {encodeFrame, wellFormed} from '../../protocol/frames.js'
import {RequestError, type RequestErrorCode} from './request-error.js'

interface Pending {
  method: string
  resolve: (result: Record<string, unknown>) => void
  reject: (error: RequestError) => void
  timer: NodeJS.Timeout
}

/** How many requests that were given up are remembered, so that their late answers are no surprise. */
const REMEMBERED = 1000

export interface RpcOptions {
  /** Takes a frame, or false when the gateway can't. */
  write: (frame: string) => boolean
  timeoutMs: number
  /** A request goes out; `bytes` of its frame. */
  onSent?: (id: string, method: string, bytes: number) => void
  /** An answer that nobody waits for, an error that has no id. */
  onOddity: (detail: string) => void
}

/** Requests to one gateway process, matched by id: answers come in any order and after any event. */
export class RpcClient {
  readonly #options: RpcOptions
  readonly #pending = new Map<string, Pending>()
  readonly #given = new Set<string>()
  #counter = 0
  #gone = false

  constructor(options: RpcOptions) {
    this.#options = options
  }

  request(
    method: string,
    params: Record<string, unknown> = {},
    timeoutMs = this.#options.timeoutMs,
  ): Promise<Record<string, unknown>> {
    if (this.#gone) return Promise.reject(gone(method))
    const id = `r${++this.#counter}`
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#giveUp(id)
        reject(new RequestError('timeout', `${method} was not answered within ${timeoutMs / 1000} s`, method))
      }, timeoutMs)
      this.#pending.set(id, {method, resolve, reject, timer})
      const frame = encodeRequest(id, method, params)
      this.#options.onSent?.(id, method, Buffer.byteLength(frame))
      if (this.#options.write(frame)) return
      this.fail(id, 'gateway-gone', 'the gateway takes no requests')
    })
  }

  result(id: unknown, result: Record<string, unknown>): void {
    this.#take(id)?.resolve(result)
  }

  error(id: unknown, code: number, message: string, data?: Record<string, unknown>): void {
    if (id === null || id === undefined) {
      this.#options.onOddity(`error without an id: ${code} ${message}`)
      return
    }
    const pending = this.#take(id)
    pending?.reject(new RequestError(code, message, pending.method, data))
  }

  /** Fails one request from this side. */
  fail(id: string, code: RequestErrorCode, message: string): void {
    const pending = this.#take(id)
    pending?.reject(new RequestError(code, message, pending.method))
  }

  /** The process is gone: every pending request fails, and each that comes. */
  close(): void {
    this.#gone = true
    for (const [id, {method}] of [...this.#pending]) this.fail(id, 'gateway-gone', gone(method).message)
  }

  #take(id: unknown): Pending | undefined {
    const pending = typeof id === 'string' ? this.#pending.get(id) : undefined
    if (pending && typeof id === 'string') {
      this.#pending.delete(id)
      clearTimeout(pending.timer)
      return pending
    }
    if (typeof id === 'string' && this.#given.delete(id)) return undefined
    this.#options.onOddity(`response to an unknown request: ${JSON.stringify(id)?.slice(0, 80)}`)
    return undefined
  }

  #giveUp(id: string): void {
    this.#pending.delete(id)
    this.#given.add(id)
    const [oldest] = this.#given
    if (this.#given.size > REMEMBERED && oldest !== undefined) this.#given.delete(oldest)
  }
}

function encodeRequest(id: string, method: string, params: Record<string, unknown>): string {
  return encodeWellFormed({jsonrpc: '2.0', id, method, params})
}

/** A lone surrogate, which `JSON.stringify` shows as `\\udXXX`, kills a gateway that echoes it (protocol §1.4). */
export function encodeWellFormed(message: Parameters<typeof encodeFrame>[0]): string {
  const frame = encodeFrame(message)
  if (!/\\ud[89a-f]/.test(frame)) return frame
  const repaired = JSON.parse(frame, (_, value: unknown) => (typeof value === 'string' ? wellFormed(value) : value))
  return encodeFrame(repaired)
}

function gone(method: string): RequestError {
  return new RequestError('gateway-gone', 'the gateway is gone', method)
}
