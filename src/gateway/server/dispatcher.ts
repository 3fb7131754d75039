import * as v from 'valibot'
import {errorCodes, type RequestId, type ServerFrame} from '../../protocol/frames.js'
import type {SplitLine} from '../../protocol/line-splitter.js'
import {type Method, paramSchemas} from '../../protocol/methods.js'
import type {Gateway} from '../gateway.js'
import {methods} from '../methods/index.js'
import type {Reply} from '../methods/method.js'
import {RpcError, toRpcError} from '../rpc-error.js'
import {parseRequest, type Request} from './parse-request.js'

/** Answers request lines. A request can fail in any way; the process lives on. */
export class Dispatcher {
  readonly #gateway: Gateway
  readonly #only: ReadonlySet<Method> | undefined
  #ordered: Promise<void> = Promise.resolve()

  /** `only`: of a client that watches; what it asks is answered, and nothing follows from it. */
  constructor(gateway: Gateway, only?: ReadonlySet<Method>) {
    this.#gateway = gateway
    this.#only = only
  }

  take(line: SplitLine): void {
    const parsed = parseRequest(line)
    if (parsed.kind === 'blank') return
    if (parsed.kind === 'refused') {
      this.#gateway.writer.send(parsed.answer)
      return
    }
    const {request} = parsed
    const {client} = this.#gateway.writer
    if (!isMethod(request.method)) {
      void this.#answerUnserved(request, client)
      return
    }
    if (this.#only && !this.#only.has(request.method)) {
      this.#refuse(
        request.id,
        new RpcError(errorCodes.watching, 'it is only watched here; take it over to change something'),
        client,
      )
      return
    }
    if (methods[request.method].lane === 'free') {
      void this.#answer(request.id, request.method, request, client)
      return
    }
    const {id, method} = {id: request.id, method: request.method}
    this.#ordered = this.#ordered.then(() => this.#answer(id, method, request, client))
  }

  /** Resolves when the requests taken so far, those that run in order, are answered. */
  get settled(): Promise<void> {
    return this.#ordered
  }

  /** `client`: who asked. */
  async #answer(id: RequestId, method: Method, request: Request, client: number): Promise<void> {
    try {
      const reply = await run(method, this.#gateway, request.params)
      this.#send(client, {jsonrpc: '2.0', id, result: reply.result})
      if (!this.#only) reply.after?.()
    } catch (error) {
      this.#refuse(id, error, client)
    }
  }

  /** What this gateway has not: in the shape that says so, where a screen of the reference asks for it. */
  async #answerUnserved({id, method, params}: Request, client: number): Promise<void> {
    try {
      const {answerNotHere} = await import('../methods/not-here.js')
      const reply = answerNotHere(this.#gateway, method, params)
      if (!reply) throw new RpcError(errorCodes.unknownMethod, `unknown method: ${method}`)
      this.#send(client, {jsonrpc: '2.0', id, result: reply.result})
    } catch (error) {
      this.#refuse(id, error, client)
    }
  }

  #send(client: number, frame: ServerFrame): void {
    const {writer} = this.#gateway
    if (writer.client === client) writer.send(frame)
  }

  #refuse(id: RequestId, error: unknown, client: number): void {
    const {code, message, cause, data} = toRpcError(error)
    // What is wrong with the machine or with us is said on stderr too: it stays in the log when the answer is gone.
    if (code === errorCodes.internal && cause instanceof Error) {
      this.#gateway.diagnose(`[gateway-error] ${cause.stack ?? cause.message}`)
    } else if (code === errorCodes.configError || code === errorCodes.resumeFailed) {
      this.#gateway.diagnose(`[gateway-error] ${message}`)
    }
    this.#send(client, {jsonrpc: '2.0', id, error: {code, message, ...(data ? {data} : {})}})
  }
}

function isMethod(name: string): name is Method {
  return Object.hasOwn(paramSchemas, name)
}

function run<M extends Method>(method: M, gateway: Gateway, params: Record<string, unknown>): Reply | Promise<Reply> {
  const parsed = v.safeParse(paramSchemas[method], params)
  if (!parsed.success) throw new RpcError(errorCodes.invalidParams, `invalid params: ${issueLine(parsed.issues)}`)
  return methods[method].run(gateway, parsed.output)
}

/** `text: Invalid type: Expected string but received 5`, of the first problem. */
function issueLine(issues: readonly v.BaseIssue<unknown>[]): string {
  const issue = issues[0]
  if (!issue) return 'not valid'
  return [v.getDotPath(issue), issue.message].filter((part) => part).join(': ')
}
