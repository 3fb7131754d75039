import type {GatewayEvent} from '../../protocol/events.js'
import {type ErrorFrame, errorCodes, type ResultFrame} from '../../protocol/frames.js'
import type {AskId, OpenRequest} from '../../protocol/requests.js'
import {isObject} from '../../protocol/shapes/shape.js'
import {JavaScriptStack} from '../death/javascript-stack.js'
import {type OomWindow, watchOomKills} from '../death/oom.js'
import type {AdoptedGateway, FrameNote, GatewayPolicy} from '../types.js'
import {type Incoming, idInHead, preview, readEvent, readFrame} from '../wire/frame-reader.js'
import {gatewayEvent} from '../wire/gateway-event.js'
import {encodeWellFormed, RpcClient} from '../wire/rpc.js'
import {type Received, ServerRequests} from '../wire/server-requests.js'
import type {createSpawner} from './child.js'
import {Heartbeat} from './heartbeat.js'
import {readProcessFacts} from './process-facts.js'
import {Silence} from './silence.js'
import type {Child, ChildEnding, ChildListeners} from './types.js'

/** A process may send noise without end; so many oddities are told one by one, the rest as a number at its end. */
const TOLD_ODDITIES = 20

export interface ProcessHandlers {
  spawned: ChildListeners['spawned']
  event: (event: GatewayEvent) => void
  protocolError: (detail: string) => void
  stderr: (line: string) => void
  frame?: (frame: FrameNote) => void
  /** It lives, and has closed its output. */
  outputEnded?: () => void
  /** It has a heartbeat of no kind, and does not answer; undefined: it does again. */
  silent?: (silence: {silentMs: number; stopped: boolean} | undefined) => void
  hang: (silentMs: number, evidence: 'stopped' | 'unresponsive', stack: string | undefined) => void
  /** `oomKills`: by the kernel in this cgroup when the process died. */
  ended: (ending: ChildEnding & {oomKills: number | undefined}) => void
}

/** One gateway process: its pipes, the requests to it and its heartbeat. */
export class GatewayProcess {
  readonly #policy: GatewayPolicy
  readonly #handlers: ProcessHandlers
  readonly #child: Child
  readonly #rpc: RpcClient
  readonly #asked = new ServerRequests()
  #heartbeat: Heartbeat | Silence | undefined
  #oom: OomWindow | undefined
  #oddities = 0
  #exiting = false
  readonly #stack = new JavaScriptStack()

  /** `adopted`: one that runs already, in place of one that is started. */
  constructor(
    spawner: ReturnType<typeof createSpawner>,
    policy: GatewayPolicy,
    handlers: ProcessHandlers,
    adopted?: AdoptedGateway,
  ) {
    this.#policy = policy
    this.#handlers = handlers
    this.#rpc = new RpcClient({
      write: (frame) => this.#child.write(frame),
      timeoutMs: policy.requestTimeoutMs,
      onSent: (id, name, bytes) => handlers.frame?.({sent: true, name, id, bytes}),
      onOddity: (detail) => this.#oddity(detail),
    })
    const {command, cwd, env} = policy
    const listeners: ChildListeners = {
      spawned: (pid, begunAt) => {
        this.#oom = watchOomKills()
        handlers.spawned(pid, begunAt)
      },
      line: (bytes) => this.#read(readFrame(bytes), bytes.length),
      tooLong: (head, length) => this.#tooLong(head, length),
      torn: (head, length) => this.#oddity(`torn line at its end, ${length} bytes: ${preview(head)}`),
      stderr: (line) => this.#stderr(line),
      exiting: () => {
        this.#exiting = true
        this.#heartbeat?.stop()
        this.#oom?.stop()
      },
      outputEnded: () => handlers.outputEnded?.(),
      ended: (ending) => this.#ended(ending),
    }
    this.#child = adopted ? spawner.adopt(adopted, listeners) : spawner.start({command, cwd, env}, listeners)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** True when it has died: its exit may not be told yet, or its last output still be read. */
  get dead(): boolean {
    const {pid} = this.#child
    return this.#exiting || (pid !== undefined && readProcessFacts(pid)?.state === 'Z')
  }

  request(method: string, params?: Record<string, unknown>, timeoutMs?: number): Promise<Record<string, unknown>> {
    return this.#rpc.request(method, params, timeoutMs)
  }

  /**
   * Answers a request of the gateway, once. False where it is not open any more: it was answered, withdrawn, or is of
   * another process.
   */
  async answer(id: AskId, result: Record<string, unknown>): Promise<boolean> {
    const way = this.#asked.answer(id, result)
    if (way === undefined) return false
    if ('response' in way) return this.#respond(way.response)
    try {
      return (await this.#rpc.request(way.call.method, way.call.params)).status !== 'expired'
    } catch {
      return false
    }
  }

  /** Requests that this process says are still open; those that were not asked yet are asked now. */
  reopen(requests: readonly OpenRequest[]): GatewayEvent[] {
    return this.#asked.reopen(requests).flatMap((received) => this.#taken(received))
  }

  /** An event that `session.events.since` tells again, if it is one that is handled. */
  missed({type, ...params}: Readonly<Record<string, unknown>>): GatewayEvent[] {
    if (typeof type !== 'string') return []
    return this.#event(readEvent(type, params))
  }

  /** By the shutdown request, or by the end of its stdin. */
  askToEnd(byRequest: boolean, reason: string): void {
    if (byRequest) this.#rpc.request('gateway.shutdown', {reason}).catch(() => {})
    else this.#child.endInput()
  }

  /** Asks it to work on without us. False: it has nothing to do, or can't. */
  async askToDetach(): Promise<boolean> {
    const {stays} = await this.#rpc.request('gateway.detach', {})
    return stays === true
  }

  /** It works on without us. */
  letGo(): void {
    this.#heartbeat?.stop()
    this.#oom?.stop()
    this.#rpc.close()
    this.#child.letGo()
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.signal(signal)
  }

  /** Begins to ask, now and then, one that knows no ping. Only its silence is told. */
  listen(): void {
    this.#heartbeat = new Silence({
      now: () => performance.now(),
      // Each version of the reference knows it, and answers from memory.
      ping: () => this.#rpc.request('session.active_list', {}).catch(() => {}),
      facts: () => this.#facts(),
      onSilent: (silentMs, stopped) => this.#handlers.silent?.({silentMs, stopped}),
      onHeard: () => this.#handlers.silent?.(undefined),
    })
  }

  /** Begins the heartbeat. `inspectable`: if it gets stuck, its stack can be asked for. */
  watch({inspectable}: {inspectable: boolean}): void {
    const {heartbeatMs: intervalMs, heartbeatMisses: misses} = this.#policy
    this.#heartbeat = new Heartbeat({
      intervalMs,
      misses,
      now: () => performance.now(),
      // Answered or refused, it is heard by the line that comes.
      ping: () => this.#rpc.request('gateway.ping', {}).catch(() => {}),
      facts: () => this.#facts(),
      stack: async (verdict) => {
        const {pid} = this.#child
        return inspectable && pid !== undefined && verdict === 'unresponsive' ? this.#stack.read(pid) : undefined
      },
      onHang: (silentMs, evidence, stack) => this.#handlers.hang(silentMs, evidence, stack),
    })
  }

  #facts() {
    return this.#child.pid === undefined ? undefined : readProcessFacts(this.#child.pid)
  }

  #read(incoming: Incoming | undefined, bytes: number): void {
    this.#alive()
    if (incoming) this.#handlers.frame?.(noteOf(incoming, bytes))
    switch (incoming?.kind) {
      case 'event':
        for (const event of this.#event(incoming)) this.#handlers.event(event)
        return
      case 'request': {
        const {id, method, params} = incoming
        for (const event of this.#taken(this.#asked.receive(id, method, params), params)) this.#handlers.event(event)
        return
      }
      case 'result':
        this.#rpc.result(incoming.id, incoming.result)
        return
      case 'error':
        this.#rpc.error(incoming.id, incoming.code, incoming.message, incoming.data)
        return
      case 'malformed':
        this.#oddity(incoming.detail)
    }
  }

  #event({type, sessionId, payload, seq}: Extract<Incoming, {kind: 'event'}>): GatewayEvent[] {
    const known = gatewayEvent(type, sessionId, payload, seq)
    if (!known) return []
    const odd = 'event' in known ? known.odd : known.malformed
    if (odd !== undefined) this.#oddity(odd)
    if (!('event' in known)) return []
    const {event} = known
    // Settled already, or never asked here.
    if (event.type === 'request.cancel' && !this.#asked.withdraw(event.payload.id)) return []
    return [event]
  }

  #taken(received: Received, params?: unknown): GatewayEvent[] {
    if (received.kind === 'again') return []
    if (received.odd !== undefined) this.#oddity(received.odd)
    if (received.kind === 'refuse') {
      this.#respond(received.frame)
      return []
    }
    const {request} = received
    const sid = isObject(params) ? params.session_id : undefined
    return [{type: 'gateway.request', sessionId: typeof sid === 'string' && sid ? sid : undefined, payload: request}]
  }

  #respond(frame: ResultFrame | ErrorFrame): boolean {
    const line = encodeWellFormed(frame)
    const name = 'error' in frame ? 'error' : 'result'
    this.#handlers.frame?.({sent: true, name, id: String(frame.id), bytes: Buffer.byteLength(line)})
    return this.#child.write(line)
  }

  #tooLong(head: Buffer, length: number): void {
    this.#alive()
    this.#handlers.frame?.({sent: false, name: 'malformed', id: idInHead(head), bytes: length})
    const detail = `line of ${length} bytes, too long: ${preview(head)}`
    this.#oddity(detail)
    const id = idInHead(head)
    if (id !== undefined) this.#rpc.fail(id, errorCodes.internal, `the answer is too long: ${length} bytes`)
  }

  #stderr(line: string): void {
    if (this.#stack.take(line)) return
    this.#alive()
    this.#handlers.stderr(line)
  }

  #alive(): void {
    this.#heartbeat?.heard()
  }

  #oddity(detail: string): void {
    this.#oddities++
    if (this.#oddities <= TOLD_ODDITIES) this.#handlers.protocolError(detail)
  }

  #ended(ending: ChildEnding): void {
    this.#heartbeat?.stop()
    this.#oom?.stop()
    this.#rpc.close()
    const untold = this.#oddities - TOLD_ODDITIES
    if (untold > 0) this.#handlers.protocolError(`${untold} more of the kind`)
    // Of one that is no child of ours it is not seen how it ended.
    const killed = ending.signal === 'SIGKILL' || (ending.signal === null && ending.code === null && !ending.spawnError)
    const oomKills = killed ? this.#oom?.kills() : undefined
    const stderrTail = ending.stderrTail.filter((line) => !this.#stack.take(line))
    this.#handlers.ended({...ending, stderrTail, oomKills})
  }
}

function noteOf(incoming: Incoming, bytes: number): FrameNote {
  const id = 'id' in incoming && typeof incoming.id === 'string' ? incoming.id : undefined
  return {sent: false, name: nameOf(incoming), id, bytes}
}

function nameOf(incoming: Incoming): string {
  if (incoming.kind === 'event') return incoming.type
  return incoming.kind === 'request' ? incoming.method : incoming.kind
}
