import type {SubagentDenial, SubagentNews} from '../../protocol/events.js'
import type {Gateway} from '../gateway.js'
import {mintSessionKey} from '../ids.js'
import type {LiveSession, SubAgents} from '../session/live-session.js'
import type {Approval} from '../session/questions.js'
import type {AgentCall, AgentRow, AgentTask, EndedAgentState} from '../store/agents/types.js'
import type {Store} from '../store/types.js'
import type {ToolContext} from '../tools/types.js'
import {isSuspended} from '../turn/turn-stop.js'
import {Child} from './child.js'
import {Slots} from './slots.js'
import {endNewsOf, newsOf, resultOf} from './told.js'

interface AtWork {
  child: Child
  /** Tasks of its call. */
  count: number
  /** It is still to begin. */
  waits: AbortController | undefined
}

/** The sub-agents of a session: those of all its calls, some at work, others waiting for their turn. */
export class AgentDesk implements SubAgents {
  readonly #gateway: Gateway
  readonly #session: LiveSession
  readonly #store: Store
  readonly #slots: Slots
  readonly #atWork = new Map<string, AtWork>()

  constructor(options: {gateway: Gateway; session: LiveSession; store: Store; parallel: number}) {
    this.#gateway = options.gateway
    this.#session = options.session
    this.#store = options.store
    this.#slots = new Slots(options.parallel)
  }

  /** One of them asks the person. */
  get waiting(): boolean {
    return [...this.#atWork.values()].some(({child}) => child.questions?.waiting)
  }

  /**
   * Has a call's tasks done, and returns what its model is told. What was begun of them before is gone on with, and what
   * was done is not done again. It does not resolve where the turn is left to another process.
   */
  async run(
    given: {turnId: number; callId: string},
    tasks: readonly AgentTask[],
    {signal, waits}: {signal: AbortSignal; waits: ToolContext['waits']},
  ): Promise<Record<string, unknown>> {
    const call = {...given, round: this.#roundOf(given)}
    const rows = this.#rowsOf(call, tasks)
    const keys = new Set(rows.map(({key}) => key))
    waits?.(() => [...this.#atWork.values()].some(({child}) => keys.has(child.key) && child.questions?.waiting))
    const ends = await Promise.all(rows.map((row) => this.#one(row, rows.length, signal)))
    const over = ends.flatMap((row) => row ?? [])
    if (over.length < ends.length || isSuspended(signal)) return new Promise(() => {})
    return resultOf(over)
  }

  /** False: no such one is at work. */
  stop(key: string): boolean {
    const found = this.#atWork.get(key)
    if (!found) return false
    found.child.stop()
    found.waits?.abort()
    return true
  }

  settleNow(): void {
    for (const {child} of this.#atWork.values()) child.settleNow()
  }

  /** Says again what is at work and what it asks, to a client that has just come. */
  tell(): void {
    for (const {child, count, waits} of this.#atWork.values()) {
      this.#emit(waits ? 'subagent.spawn_requested' : 'subagent.start', newsOf(child.row, count, child.activity))
      child.questions?.tell()
    }
  }

  /** As the wire lists those at work. */
  active(): SubagentNews[] {
    return [...this.#atWork.values()].map(({child, count, waits}) => ({
      ...newsOf(child.row, count, child.activity),
      status: waits ? 'queued' : 'running',
    }))
  }

  respond(answer: Approval, which: {requestId?: string | undefined; all?: boolean}): number {
    let resolved = 0
    for (const {child} of this.#atWork.values()) {
      if (resolved > 0 && !which.all) break
      resolved += child.questions?.respond(answer, which) ?? 0
    }
    return resolved
  }

  /** False where no such question is open. */
  answer(requestId: string, text: string): boolean {
    return [...this.#atWork.values()].some(({child}) => child.questions?.answer(requestId, text))
  }

  /** So many calls of that id have a result in the turn. */
  #roundOf({turnId, callId}: Omit<AgentCall, 'round'>): number {
    const rows = this.#store.messages(this.#session.key, 1)
    return rows.filter(
      ({turnId: of, tool}) => of === turnId && tool?.id === callId && ['complete', 'denied'].includes(tool.state),
    ).length
  }

  #rowsOf(call: AgentCall, tasks: readonly AgentTask[]): AgentRow[] {
    const {agents} = this.#store
    const known = agents.ofCall(call)
    if (known.length > 0) return known
    const keys = new Set<string>()
    while (keys.size < tasks.length) {
      const key = mintSessionKey()
      if (!agents.one(key) && !this.#store.session(key)) keys.add(key)
    }
    agents.add(
      [...keys].map((key, position) => ({
        key,
        parentKey: this.#session.key,
        call,
        position,
        task: tasks[position] as AgentTask,
        state: 'waiting',
      })),
    )
    return agents.ofCall(call)
  }

  /** Undefined: it is left to another process. */
  async #one(row: AgentRow, count: number, signal: AbortSignal): Promise<AgentRow | undefined> {
    if (row.result || row.endedAt !== null) return row
    const begins = new AbortController()
    const child = new Child({
      gateway: this.#gateway,
      store: this.#store,
      parent: this.#session,
      row,
      onActivity: (what, activity) => this.#emit(`subagent.${what}`, newsOf(row, count, activity)),
    })
    const atWork: AtWork = {child, count, waits: begins}
    this.#atWork.set(row.key, atWork)
    const onAbort = () => {
      if (isSuspended(signal)) child.suspend()
      else child.interrupt()
      begins.abort()
    }
    signal.addEventListener('abort', onAbort, {once: true})
    if (signal.aborted) onAbort()
    this.#emit('subagent.spawn_requested', newsOf(row, count))
    const giveBack = await this.#slots.take(begins.signal)
    atWork.waits = undefined
    try {
      if (!giveBack) {
        if (isSuspended(signal)) return undefined
        return this.#told(this.#notBegun(row, signal.aborted ? 'interrupted' : 'stopped'), count)
      }
      this.#emit('subagent.start', newsOf(row, count, child.activity))
      const ended = await child.run()
      return ended && this.#told(ended, count, child.denials)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#atWork.delete(row.key)
      giveBack?.()
    }
  }

  #notBegun(row: AgentRow, state: EndedAgentState): AgentRow {
    const result = {text: '', steps: 0, tokens: 0, seconds: 0, note: 'it had not begun'}
    this.#store.agents.end(row.key, {state, result, workedMs: 0})
    return this.#store.agents.one(row.key) ?? {...row, state, result}
  }

  #told(row: AgentRow, count: number, denials: readonly SubagentDenial[] = []): AgentRow {
    this.#emit('subagent.complete', endNewsOf(row, count, denials))
    return row
  }

  #emit(type: string, payload: SubagentNews): void {
    this.#gateway.emit(this.#session.id, type, {...payload})
  }
}

/** The desk of a session's sub-agents, made when it is first asked for. */
export async function agentDesk(gateway: Gateway, session: LiveSession, store: Store): Promise<AgentDesk> {
  const {values} = await gateway.services.config()
  if (session.agents instanceof AgentDesk) return session.agents
  const desk = new AgentDesk({gateway, session, store, parallel: values['agents.parallel']})
  session.agents = desk
  return desk
}
