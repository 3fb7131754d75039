import {capabilities, reference} from '../protocol/capabilities.js'
import type {GatewayEvent} from '../protocol/events.js'
import {errorCodes, RESUMED_MESSAGES} from '../protocol/frames.js'
import type {SessionOpened} from '../protocol/methods.js'
import type {AskId} from '../protocol/requests.js'
import {missedEvents, sessionOpened} from '../protocol/shapes/answers.js'
import {initialState, transition} from './machine/machine.js'
import type {Effect, MachineEvent, MachineState, OpenCall, TimerName} from './machine/types.js'
import {sameView, viewOf} from './machine/view.js'
import {createSpawner} from './process/child.js'
import {GatewayProcess, type ProcessHandlers} from './process/gateway-process.js'
import type {
  AdoptedGateway,
  CloseReason,
  GatewayPolicy,
  SessionTarget,
  Supervisor,
  SupervisorEvents,
  SupervisorOptions,
  SupervisorPolicies,
  SupervisorView,
} from './types.js'
import {lastUsed} from './wire/last-used.js'
import {Numbering} from './wire/numbering.js'
import {isGatewayGone, RequestError} from './wire/request-error.js'
import {SessionFilter} from './wire/session-filter.js'

/** Among so many of the newest the one that was used last is looked for. */
const LISTED_SESSIONS = 200

/** A supervisor that has not started anything yet. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new GatewaySupervisor(options)
}

type Listeners = {[E in keyof SupervisorEvents]: Set<SupervisorEvents[E]>}

/** Runs the effects of the machine. It decides nothing itself. */
class GatewaySupervisor implements Supervisor {
  #options: SupervisorOptions
  readonly #spawner: ReturnType<typeof createSpawner>
  readonly #processes = new Map<number, GatewayProcess>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #filter = new SessionFilter()
  readonly #numbering = new Numbering()
  /** What happened while nobody heard it: told once its session is open. */
  #missed: GatewayEvent[] = []
  readonly #listeners: Listeners = {
    view: new Set(),
    event: new Set(),
    session: new Set(),
    death: new Set(),
    stderr: new Set(),
  }
  readonly #closed = Promise.withResolvers<{stays: boolean}>()
  readonly #queue: MachineEvent[] = []
  #running = false
  #killed = false
  #stays = false
  #adopt: AdoptedGateway | undefined
  /** Generations that are watched. */
  readonly #watched = new Set<number>()
  #state: MachineState
  #view: SupervisorView

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#adopt = options.adopt
    this.#spawner = createSpawner({verdicts: options.verdicts, terminal: options.terminal})
    this.#state = initialState({gateway: options.gateway, recovery: options.recovery})
    this.#view = viewOf(this.#state)
  }

  get view(): SupervisorView {
    return this.#view
  }

  on<E extends keyof SupervisorEvents>(event: E, listener: SupervisorEvents[E]): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  start(target: SessionTarget): void {
    this.#dispatch({type: 'start', target})
  }

  open(target: SessionTarget): void {
    this.#dispatch({type: 'open', target})
  }

  async request(
    method: string,
    params: Record<string, unknown> = {},
    timeoutMs?: number,
  ): Promise<Record<string, unknown>> {
    const {child} = this.#state
    const process = child && this.#processes.get(child.generation)
    if (!process || child.readyAt === undefined || child.intent) {
      throw new RequestError('gateway-gone', 'the gateway is not ready', method)
    }
    const result = await process.request(method, params, timeoutMs)
    this.#observeAnswer(child.generation, method, params)
    return result
  }

  async answer(id: AskId, result: Record<string, unknown>): Promise<boolean> {
    const {child} = this.#state
    return (child && (await this.#processes.get(child.generation)?.answer(id, result))) ?? false
  }

  recover(): void {
    this.#dispatch({type: 'recover'})
  }

  restart(reason: string): void {
    const {child} = this.#state
    // It is dead already, and its recovery follows: nothing is left to be replaced.
    if (child && this.#processes.get(child.generation)?.dead) return
    this.#dispatch({type: 'restart', reason})
  }

  move(target: SessionTarget, adopt?: AdoptedGateway): void {
    this.#adopt?.socket.destroy()
    this.#adopt = adopt
    this.#dispatch({type: 'move', target})
  }

  configure(policies: SupervisorPolicies): void {
    this.#options = {...this.#options, ...policies}
    this.#dispatch({type: 'configure', policy: policies})
  }

  close(reason: CloseReason, {detach = false} = {}): Promise<{stays: boolean}> {
    this.#dispatch({type: 'close', reason, detach})
    return this.#closed.promise
  }

  killNow(): void {
    this.#killed = true
    // At once, even from within a listener: this process may not live to see the queue run.
    this.#apply({type: 'kill-now'})
  }

  #dispatch(event: MachineEvent): void {
    this.#queue.push(event)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#apply(next)
    } finally {
      this.#running = false
    }
  }

  #apply(event: MachineEvent): void {
    const {state, effects} = transition(this.#state, event, performance.now())
    this.#state = state
    const view = viewOf(state)
    const changed = !sameView(view, this.#view)
    if (changed) this.#view = view
    for (const effect of effects) this.#run(effect)
    if (changed) this.#emit('view', view)
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'record':
        // Of a gateway that is only watched its own client tells.
        if (!this.#watched.has(effect.details.generation)) this.#guard(() => this.#options.record(effect.details))
        return
      case 'spawn':
        this.#spawn(effect.generation)
        return
      case 'ask-to-end':
        this.#processes.get(effect.generation)?.askToEnd(effect.request, effect.reason)
        return
      case 'ask-to-detach':
        void this.#detach(effect.generation, effect.reason)
        return
      case 'signal':
        this.#processes.get(effect.generation)?.signal(effect.signal)
        return
      case 'timer':
        this.#setTimer(effect.timer, effect.generation, effect.ms)
        return
      case 'cancel':
        this.#clearTimer(`${effect.timer}:${effect.generation}`)
        return
      case 'open':
        this.#open(effect.generation, effect.seq, effect.call)
        return
      case 'leave':
        this.#ask(effect.generation, 'session.close', {session_id: effect.liveId})
        return
      case 'ask-key':
        this.#askKey(effect.generation, effect.liveId)
        return
      case 'watch':
        this.#watch(effect.generation)
        return
      case 'session':
        this.#numbering.opened(effect.opened.session_id)
        this.#emit('session', effect.opened, effect.how, effect.downtimeMs)
        for (const event of this.#missed.splice(0)) this.#deliver(event)
        this.#release(effect.opened.session_id)
        return
      case 'stay':
        this.#release(effect.liveId)
        return
      case 'death':
        this.#emit('death', effect.exit)
        return
      case 'closed':
        for (const key of [...this.#timers.keys()]) this.#clearTimer(key)
        this.#spawner.end()
        this.#closed.resolve({stays: this.#stays})
    }
  }

  #spawn(generation: number): void {
    if (this.#killed) return
    const adopted = this.#adopt
    this.#adopt = undefined
    if (adopted?.watched) this.#watched.add(generation)
    const handlers: ProcessHandlers = {
      spawned: (pid, begunAt) => {
        this.#dispatch({
          type: 'spawned',
          generation,
          pid,
          begunAt,
          ...(adopted && {adopted: {awayMs: adopted.awayMs, watched: adopted.watched ?? false}}),
        })
      },
      event: (event) => this.#receive(generation, event),
      frame: (frame) => this.#options.frame?.(generation, frame),
      protocolError: (detail) => this.#dispatch({type: 'protocol-error', generation, detail}),
      stderr: (line) => {
        if (generation === this.#state.child?.generation) this.#emit('stderr', line)
      },
      outputEnded: () => this.#dispatch({type: 'output-ended', generation}),
      silent: (silence) => {
        const told = silence && {since: Date.now() - silence.silentMs, stopped: silence.stopped}
        this.#dispatch({type: 'silent', generation, silence: told})
      },
      hang: (silentMs, evidence, stack) => this.#dispatch({type: 'hang', generation, silentMs, evidence, stack}),
      ended: ({code, signal, spawnError, stderrTail, oomKills}) => {
        const inFlight = generation === this.#state.child?.generation ? this.#inFlight() : undefined
        const ending = {code, signal, spawnError, stderrTail, oomKills, inFlight}
        this.#processes.delete(generation)
        this.#dispatch({type: 'ended', generation, ending, random: Math.random()})
      },
    }
    this.#processes.set(generation, new GatewayProcess(this.#spawner, this.#gatewayPolicy(), handlers, adopted))
  }

  async #detach(generation: number, reason: string): Promise<void> {
    const process = this.#processes.get(generation)
    try {
      if (await process?.askToDetach()) {
        this.#stays = true
        process?.letGo()
        this.#processes.delete(generation)
        this.#dispatch({type: 'let-go', generation})
      } else process?.askToEnd(true, reason)
    } catch {
      // It is gone, or gets the next rung of the ladder.
    }
  }

  #gatewayPolicy(): GatewayPolicy {
    const {gateway} = this.#options
    const {lastExit} = this.#state
    const crashed = lastExit !== undefined && !lastExit.cause.startsWith('external-')
    return crashed ? {...gateway, env: {...gateway.env, ...gateway.envAfterCrash}} : gateway
  }

  #watch(generation: number): void {
    const can = this.#state.child?.capabilities
    const process = this.#processes.get(generation)
    if (can?.has(capabilities.heartbeat)) process?.watch({inspectable: can.has(capabilities.inspector)})
    else process?.listen()
  }

  #receive(generation: number, event: GatewayEvent): void {
    if (event.type === 'gateway.ready') {
      const {gateway_version, capabilities: told, pid, replay_epoch: epoch, protocol} = event.payload
      // A Python gateway names its wire only.
      const version = gateway_version ?? (protocol?.version === undefined ? undefined : `wire ${protocol.version}`)
      const known = new Set(told)
      if (epoch !== undefined) known.add(reference.queuedPrompts)
      this.#numbering.ready(generation, epoch)
      // A script that has started the gateway and waits for it would be ended by SIGUSR1.
      if (pid !== this.#processes.get(generation)?.pid) known.delete(capabilities.inspector)
      this.#dispatch({type: 'ready', generation, version, capabilities: known})
    }
    if (generation !== this.#state.child?.generation) return
    if (event.type === 'gateway.released') {
      this.#processes.get(generation)?.letGo()
      this.#processes.delete(generation)
      this.#dispatch({type: 'released', generation})
      return
    }
    const {session, opening} = this.#state
    const taken = this.#filter.take(event, session?.liveId, opening !== undefined)
    if (taken) this.#deliver(taken)
  }

  #release(liveId: string | undefined): void {
    for (const event of this.#filter.release(liveId)) this.#deliver(event)
  }

  /** What the machine must know of an event, then the listeners. What was told before is not told again. */
  #deliver(event: GatewayEvent): void {
    if (!this.#numbering.isNew(event)) return
    const generation = this.#state.child?.generation
    const {sessionId: liveId} = event
    if (generation !== undefined && liveId !== undefined) {
      if (event.type === 'message.start') this.#dispatch({type: 'prompted', generation, liveId})
      if (event.type === 'message.complete') this.#dispatch({type: 'turn-ended', generation, liveId})
      if (event.type === 'session.info' && event.payload.session_key) {
        const {session_key: key, model} = event.payload
        this.#dispatch({type: 'key', generation, liveId, key, told: true, ...(model ? {model} : {})})
      }
    }
    this.#emit('event', event)
  }

  #observeAnswer(generation: number, method: string, params: Record<string, unknown>): void {
    const liveId = params.session_id
    if (typeof liveId !== 'string') return
    if (method === 'prompt.submit' || method === 'prompt.continue') {
      this.#dispatch({type: 'prompted', generation, liveId})
    }
    // The reference gateway tells of a new key in no event.
    if (method === 'session.compress') this.#dispatch({type: 'turn-ended', generation, liveId})
  }

  async #open(generation: number, seq: number, call: OpenCall): Promise<void> {
    const process = this.#processes.get(generation)
    if (!process) return
    const cols = this.#options.cols()
    try {
      if (call.method === 'most-recent') {
        this.#dispatch({type: 'most-recent', generation, seq, key: await this.#mostRecent(process, call.unfinished)})
        return
      }
      const [method, params] = openRequest(call, cols, this.#state.child?.capabilities)
      const answered = sessionOpened(await process.request(method, params))
      const how = call.method === 'create' ? 'created' : 'resumed'
      if (!answered) throw new RequestError(errorCodes.internal, `${method} was answered without a session id`, method)
      const opened = await this.#catchUp(generation, process, answered)
      this.#dispatch({type: 'opened', generation, seq, how, opened})
    } catch (error) {
      const failure = error instanceof RequestError ? error : new RequestError(errorCodes.internal, String(error), '')
      const {code, message, data} = failure
      this.#dispatch({type: 'open-failed', generation, seq, code, message, ...(data && {data})})
    }
  }

  /** What a gateway that lived on has to tell to who comes back: what was missed, and what it still asks. */
  async #catchUp(generation: number, process: GatewayProcess, opened: SessionOpened): Promise<SessionOpened> {
    const {session_id: liveId, open_requests: waiting = []} = opened
    const since = this.#numbering.resumable(generation, liveId)
    const answer =
      since === undefined
        ? undefined
        : missedEvents(await this.#ask(generation, 'session.events.since', {session_id: liveId, last_seen: since}))
    const whole = answer !== undefined && !answer.truncated
    const asked = process.reopen(answer?.open_requests ?? waiting)
    this.#missed = [...(whole ? answer.events.flatMap((event) => process.missed(event)) : []), ...asked]
    if (!whole) this.#numbering.forget()
    return whole ? {...opened, replayed: true} : opened
  }

  /** The session that was used last. To the Python gateway of June it is the one that was begun last. */
  async #mostRecent(process: GatewayProcess, unfinished: boolean): Promise<string | undefined> {
    const knowsFolders = this.#state.child?.capabilities.has(capabilities.journal)
    if (!knowsFolders) {
      try {
        const {sessions} = await process.request('session.list', {limit: LISTED_SESSIONS})
        return lastUsed(sessions, this.#options.used ?? [])
      } catch (error) {
        if (isGatewayGone(error)) throw error
      }
    }
    const {session_id: key} = await process.request(
      'session.most_recent',
      knowsFolders ? {cwd: this.#options.gateway.cwd, unfinished} : {},
    )
    return typeof key === 'string' && key ? key : undefined
  }

  async #askKey(generation: number, liveId: string): Promise<void> {
    const answer = await this.#ask(generation, 'session.title', {session_id: liveId})
    const key = answer?.session_key
    if (typeof key === 'string' && key) this.#dispatch({type: 'key', generation, liveId, key, told: false})
  }

  /** A request whose failure changes nothing. */
  async #ask(generation: number, method: string, params: Record<string, unknown>) {
    try {
      return await this.#processes.get(generation)?.request(method, params)
    } catch {
      return undefined
    }
  }

  #inFlight() {
    try {
      return this.#options.inFlight?.()
    } catch {
      return undefined
    }
  }

  #setTimer(timer: TimerName, generation: number, ms: number): void {
    const key = `${timer}:${generation}`
    this.#clearTimer(key)
    const handle = setTimeout(() => {
      this.#timers.delete(key)
      this.#dispatch({type: 'timer', timer, generation})
    }, ms)
    this.#timers.set(key, handle)
  }

  #clearTimer(key: string): void {
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
  }

  #emit<E extends keyof SupervisorEvents>(event: E, ...args: Parameters<SupervisorEvents[E]>): void {
    for (const listener of [...this.#listeners[event]] as ((...args: Parameters<SupervisorEvents[E]>) => void)[]) {
      this.#guard(() => listener(...args))
    }
  }

  /** A fault of a listener must not stop the supervisor; it is reported as what it is, an uncaught error. */
  #guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** A Python gateway refuses parameters that it does not know (autumn 2026). */
function openRequest(
  call: Exclude<OpenCall, {method: 'most-recent'}>,
  cols: number,
  can: ReadonlySet<string> | undefined,
): [method: string, params: Record<string, unknown>] {
  const {model} = call
  const options = can?.has(capabilities.openOptions) ?? false
  switch (call.method) {
    case 'create':
      return ['session.create', {cols, title: call.title, model, ...(options && {stored_session_id: call.key})}]
    case 'branch':
      return [
        'session.branch',
        {session_id: call.key, name: call.name, ...(options && {cols, model, limit: RESUMED_MESSAGES})},
      ]
    case 'resume':
      return [
        'session.resume',
        {
          session_id: call.key,
          cols,
          ...(options && {model, limit: RESUMED_MESSAGES, ...(call.takeOver && {take_over: true})}),
        },
      ]
  }
}
