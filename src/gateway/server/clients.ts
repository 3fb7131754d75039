import type {Socket} from 'node:net'
import type {Config} from '../../config/index.js'
import type {HandOverTerms} from '../../hand-over/handed-down.js'
import type {HandOverDesk} from '../gateway.js'
import type {HandOver, HandOverOptions} from '../hand-over/hand-over.js'
import type {HandOverHost} from '../hand-over/host.js'
import type {GatewayEnd} from '../process/gateway-end.js'
import type {FrameWriter} from './frame-writer.js'

/** How long requests that were read already may take to be answered, milliseconds: a prompt among them is a turn. */
const ANSWER_GRACE_MS = 30

/** What of the configuration says when a gateway works on without a client. */
type Settings = Pick<
  Config,
  'session.detach' | 'session.queueWhileDetached' | 'session.lingerMs' | 'session.waitMs' | 'memory.criticalPercent'
>

/** Prompts that were queued in the screen. */
export interface Queue {
  isQueued: () => Promise<boolean>
  start: NonNullable<HandOverOptions['startQueued']>
}

export interface Serving {
  gateway: HandOverHost & {readonly writer: FrameWriter}
  settings: () => Promise<Settings>
  /** Loaded where it is asked for; default: what is queued waits. */
  queue?: () => Promise<Queue>
  isTaken?: HandOverOptions['isTaken']
  /** Resolves when what was asked so far is answered. */
  settled: () => Promise<void>
  note: HandOverOptions['note']
  /** Requests come from, and frames go to, this client from now on. */
  admit: (client: object, socket: Socket) => void
  /** Sees all, and changes nothing. */
  watch?: ((socket: Socket) => void) | undefined
}

/**
 * Who is served: the process that started the gateway, later whoever came at its socket, or nobody for a while. Its loss
 * is the end, unless it can come back and there is something to come back to.
 */
export class Clients {
  /** Undefined: nobody. */
  current: object | undefined = {}
  readonly desk: HandOverDesk | undefined
  readonly #terms: HandOverTerms | undefined
  readonly #end: (end: GatewayEnd) => void
  #serving: Serving | undefined
  #opening: Promise<HandOver | undefined> | undefined
  #handOver: HandOver | undefined
  /** Who asked to be let go. */
  #leaver: object | undefined

  constructor(terms: HandOverTerms | undefined, end: (end: GatewayEnd) => void) {
    this.#terms = terms
    this.#end = end
    this.desk = terms && {
      turnBegan: () => this.#listenSoon(),
      stay: () => {
        this.#leaver = this.current
        return this.#stays()
      },
      // Another one may have come meanwhile.
      letGo: () => {
        if (this.current === this.#leaver) this.#letGo()
      },
    }
  }

  /** From here on it can be decided who comes and who goes. */
  begin(serving: Serving): void {
    this.#serving = serving
  }

  /** A client is gone; `end`: how the gateway ends where it ends with it. */
  async lost(client: object | undefined, end: GatewayEnd): Promise<void> {
    if (client === undefined || client !== this.current) return
    const stays = await this.#stays()
    // It may have let go meanwhile, or have ended.
    if (client !== this.current) return
    if (stays) this.#letGo()
    else this.#end(end)
  }

  end(): void {
    this.#serving = undefined
    this.#handOver?.close()
  }

  /** Once the turn is on its way. */
  #listenSoon(): void {
    if (!this.#handOver) setImmediate(() => void this.#open())
  }

  async #stays(): Promise<boolean> {
    const serving = this.#serving
    if (!this.#terms || !serving) return false
    await Promise.race([serving.settled(), delay(ANSWER_GRACE_MS)])
    const {gateway} = serving
    const sessions = () => [...gateway.sessions.values()]
    try {
      const {'session.detach': policy, 'session.queueWhileDetached': drains} = await serving.settings()
      const runs = sessions().some(({turn}) => turn)
      const works = runs || (drains && serving.queue && (await (await serving.queue()).isQueued()))
      // Where nothing was said there is nothing to come back to.
      const keeps = works || (policy === 'always' && sessions().some(({stored}) => stored))
      if (policy === 'never' || !keeps) return false
      return (await this.#open())?.decide() ?? false
    } catch {
      // A configuration that can't be read says nothing either.
      return false
    }
  }

  #letGo(): void {
    this.current = undefined
    // Who read it is gone too: a word of a library would be an uncaught EPIPE. It is made when it is first asked for.
    if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => {})
    this.#serving?.gateway.writer.switchTo(undefined)
    this.#handOver?.detached()
  }

  #open(): Promise<HandOver | undefined> {
    this.#opening ??= this.#make()
    return this.#opening
  }

  async #make(): Promise<HandOver | undefined> {
    const serving = this.#serving
    const terms = this.#terms
    if (!serving || !terms) return undefined
    const {gateway} = serving
    try {
      const values = await serving.settings()
      if (values['session.detach'] === 'never') return undefined
      const {HandOver} = await import('../hand-over/hand-over.js')
      this.#handOver = new HandOver({
        gateway,
        terms,
        policy: {
          lingerMs: values['session.lingerMs'],
          waitMs: values['session.waitMs'],
          criticalPercent: values['memory.criticalPercent'],
        },
        startQueued: values['session.queueWhileDetached'] ? (await serving.queue?.())?.start : undefined,
        isTaken: serving.isTaken,
        note: serving.note,
        release: (pid) => release(gateway, pid),
        watch: serving.watch,
        admit: (socket) => {
          const client = {}
          this.current = client
          serving.admit(client, socket)
        },
      })
      this.#handOver.open()
    } catch (error) {
      gateway.diagnose(`[gateway-detach] ${error instanceof Error ? error.message : String(error)}`)
    }
    return this.#handOver
  }
}

/** Told to the client alone: to who watches nothing changes. */
function release({sessions, writer}: Serving['gateway'], pid: number | undefined): void {
  const by = pid === undefined ? 'another hermes' : `another hermes (pid ${pid})`
  for (const [id, {key}] of sessions) {
    const payload = {code: 'session/taken-over', message: `session ${key} was taken over by ${by}`}
    writer.send({jsonrpc: '2.0', method: 'event', params: {type: 'error', session_id: id, payload}})
  }
  const payload = pid === undefined ? {} : {pid}
  writer.send({jsonrpc: '2.0', method: 'event', params: {type: 'gateway.released', payload}})
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
