import type {InterruptedTurn, ToolState} from '../../protocol/methods.js'
import {continuation} from '../adapter/words.js'
import {type AgentFault, waitBeforeLoad} from '../agents/known.js'
import {asError, type Id, isRequest, isResponse, type Message, sessionIn, withSession} from './message.js'

/** A turn that killed this many agents is not gone on with by itself. */
export const POISON_DEATHS = 2

/** How long an agent may take to end a prompt that is cancelled, milliseconds. */
const CANCEL_MS = 8000

/** JSON-RPC's own code; editors show its message. */
const INTERNAL = -32603

export interface RelayOptions {
  agent: {name: string; faults: readonly AgentFault[]}
  loadTimeoutMs: number
  toEditor: (message: Message) => void
  toAgent: (message: Message) => void
  /** UTC, milliseconds. */
  now: () => number
  wait: (ms: number) => Promise<void>
  /** Ends the agent's process at once. */
  kill: () => void
}

interface Session {
  /** The agent's own id of it now; the editor's stays. */
  agentId: string
  /** As it was created or loaded: what a load needs. */
  place: Record<string, unknown>
  /** When the agent created it, UTC, milliseconds; 0: long ago. */
  createdAt: number
  /** How often an agent was asked for it. */
  loads: number
  /** What the editor chose in it since, to be chosen again: method and parameters, by what they set. */
  choices: Map<string, Message>
  /** The prompt that runs, for the editor's request. */
  turn: Turn | undefined
  /** It is being loaded: what is told of it is a replay. */
  loading: boolean
}

interface Turn {
  request: Id
  prompt: string
  shown: string
  reasoning: string
  tools: Map<string, {title: string; status: ToolState}>
  /** The agent of now was told it. */
  told: boolean
  /** Of agents that were told it. */
  deaths: number
  cancelled: boolean
}

/**
 * What stands between an editor and an agent: messages pass as they are, but for ids. When the agent is another process
 * than before, it is told all that the first one knew, behind the editor's back; what the editor asked and had no answer
 * to is asked again, and a prompt is gone on with. It knows no process: who runs it says when there is one.
 */
export class Relay {
  readonly #options: RelayOptions
  readonly #sessions = new Map<string, Session>()
  /** Requests of the editor without an answer, oldest first. */
  readonly #asked = new Map<Id, Message>()
  /** Requests of the agent, by the ids under which the editor has them. */
  readonly #asking = new Map<Id, {id: Id; generation: number}>()
  /** Our own requests of the agent. */
  readonly #own = new Map<Id, {resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void}>()
  #initialize: Message | undefined
  #initialized = false
  #authenticate: Message | undefined
  #canResume = false
  #canLoad = false
  #editorShowsNotices = false
  #generation = 0
  #count = 0
  /** Messages pass to the agent; else they wait. */
  #open = false
  readonly #held: Message[] = []

  constructor(options: RelayOptions) {
    this.#options = options
  }

  /** For the record of a death. */
  get inFlight(): {promptId: string | undefined; replyChars: number; openTools: number} | undefined {
    const turn = [...this.#sessions.values()].find((session) => session.turn)?.turn
    if (!turn) return undefined
    const openTools = [...turn.tools.values()].filter(({status}) => status === 'unknown').length
    return {promptId: undefined, replyChars: turn.shown.length, openTools}
  }

  /** The editor waits for an answer, or has a session. */
  get needed(): boolean {
    return this.#asked.size > 0 || this.#sessions.size > 0
  }

  fromEditor(message: Message): void {
    if (isResponse(message)) {
      const asking = message.id === undefined ? undefined : this.#asking.get(message.id)
      if (!asking) return
      this.#asking.delete(message.id as Id)
      if (asking.generation === this.#generation) this.#options.toAgent({...message, id: asking.id})
      return
    }
    if (isRequest(message)) {
      this.#asked.set(message.id as Id, message)
      if (message.method === 'initialize') {
        this.#initialize = message
        this.#editorShowsNotices = hasNotices(message)
      }
    }
    if (message.method === 'session/cancel') this.#cancelled(sessionIn(message))
    if (this.#open) this.#pass(message)
    // What has no answer yet is asked when there is somebody to ask.
    else if (!isRequest(message)) this.#held.push(message)
  }

  fromAgent(message: Message): void {
    if (isResponse(message)) {
      const own = message.id === undefined ? undefined : this.#own.get(message.id)
      if (own) {
        this.#own.delete(message.id as Id)
        if (message.error) own.reject(new Error(message.error.message))
        else own.resolve((message.result ?? {}) as Record<string, unknown>)
        return
      }
      this.#answered(message)
      return
    }
    const session = this.#sessionOfAgent(sessionIn(message))
    if (session?.[1].loading) {
      // A replay of what the editor has; a question in it can't be put.
      if (isRequest(message)) this.#options.toAgent(asError(message.id as Id, INTERNAL, 'the session is being loaded'))
      return
    }
    const known = session ? withSession(message, session[0]) : message
    if (session && message.method === 'session/update') note(session[1].turn, message)
    if (!isRequest(known)) {
      this.#options.toEditor(known.method === '$/cancel_request' ? this.#withdrawn(known) : known)
      return
    }
    // Ids of another process may be those of this one.
    const id = `hermes-${this.#generation}-${++this.#count}`
    this.#asking.set(id, {id: message.id as Id, generation: this.#generation})
    this.#options.toEditor({...known, id})
  }

  /** The agent is gone, and what it was asked is not answered by it. */
  agentDied(): void {
    this.#open = false
    const gone = new Error('the agent ended')
    for (const own of this.#own.values()) own.reject(gone)
    this.#own.clear()
    for (const [id, {generation}] of this.#asking) {
      if (generation === this.#generation) this.#options.toEditor(cancelRequest(id))
    }
    for (const [id, session] of this.#sessions) {
      const {turn} = session
      if (!turn) continue
      // One that died before it was told of it did not die of it.
      if (turn.told) turn.deaths += 1
      turn.told = false
      for (const [toolCallId, tool] of turn.tools) {
        if (tool.status !== 'unknown') continue
        const title = `${tool.title} · outcome unknown: the agent died while it ran`
        this.#tell(id, {sessionUpdate: 'tool_call_update', toolCallId, status: 'failed', title})
      }
    }
  }

  /**
   * There is an agent again. Resolves when it knows what the one before it knew, and everything passes; rejects where it
   * ended before that.
   */
  async agentStarted(): Promise<void> {
    this.#generation += 1
    if (this.#initialized && this.#initialize) {
      const {agentCapabilities} = (await this.#request('initialize', this.#initialize.params)) as {
        agentCapabilities?: AgentAbilities
      }
      this.#learn(agentCapabilities)
      if (this.#authenticate) await this.#request('authenticate', this.#authenticate.params).catch(() => {})
      for (const session of this.#sessions.values()) await this.#restore(session)
    }
    this.#open = true
    for (const message of this.#held.splice(0)) this.#pass(message)
    for (const message of [...this.#asked.values()]) {
      if (message.method === 'session/prompt') this.#goOn(message)
      else this.#pass(message)
    }
  }

  /** Nothing brings it back: what waits is answered by that. */
  giveUp(why: string): void {
    for (const message of [...this.#asked.values()]) this.#refuse(message, why)
    this.#held.length = 0
  }

  /** A line for the person. */
  say(text: string, severity: 'info' | 'warning' = 'warning'): void {
    for (const [id, {turn}] of this.#sessions) {
      if (this.#editorShowsNotices) this.#tell(id, {sessionUpdate: 'notice', severity, title: text})
      else if (turn)
        this.#tell(id, {sessionUpdate: 'agent_thought_chunk', content: {type: 'text', text: `\n${text}\n`}})
    }
  }

  /** A question that the agent takes back, by the id under which the editor has it. */
  #withdrawn(message: Message): Message {
    const of = [...this.#asking].find(
      ([, {id, generation}]) => id === message.params?.requestId && generation === this.#generation,
    )
    return of ? {...message, params: {...message.params, requestId: of[0]}} : message
  }

  /** To the agent, as it knows the session. */
  #pass(message: Message): void {
    const id = sessionIn(message)
    const session = id === undefined ? undefined : this.#sessions.get(id)
    if (session && isRequest(message) && message.method === 'session/prompt' && !session.turn) {
      session.turn = turnOf(message)
    }
    if (session?.turn && session.turn.request === message.id) session.turn.told = true
    this.#options.toAgent(session ? withSession(message, session.agentId) : message)
  }

  #answered(message: Message): void {
    const asked = this.#asked.get(message.id as Id)
    if (!asked) return
    this.#asked.delete(message.id as Id)
    const result = message.result as Record<string, unknown> | undefined
    if (result !== undefined) this.#learnFrom(asked, result)
    const id = sessionIn(asked)
    const session = id === undefined ? undefined : this.#sessions.get(id)
    if (session && session.turn?.request === message.id) session.turn = undefined
    this.#options.toEditor(message)
  }

  /** What has to be told to an agent that comes later. */
  #learnFrom(asked: Message, result: Record<string, unknown>): void {
    const params = asked.params ?? {}
    const id = sessionIn(asked)
    switch (asked.method) {
      case 'initialize':
        this.#initialized = true
        this.#learn(result.agentCapabilities as AgentAbilities | undefined)
        return
      case 'authenticate':
        this.#authenticate = asked
        return
      case 'session/new':
        if (typeof result.sessionId === 'string')
          this.#keep(result.sessionId, params, {createdAt: this.#options.now(), loads: 0})
        return
      case 'session/load':
      case 'session/resume':
        if (id !== undefined) this.#keep(id, params, {createdAt: 0, loads: 1})
        return
      case 'session/close':
      case 'session/delete':
        if (id !== undefined) this.#sessions.delete(id)
        return
      case 'session/set_mode':
      case 'session/set_config_option':
      case 'session/set_model':
        if (id !== undefined)
          this.#sessions.get(id)?.choices.set(`${asked.method} ${String(params.configId ?? '')}`, asked)
    }
  }

  #keep(id: string, params: Record<string, unknown>, age: {createdAt: number; loads: number}): void {
    const {cwd, mcpServers = [], additionalDirectories} = params
    const place = {cwd, mcpServers, ...(additionalDirectories === undefined ? {} : {additionalDirectories})}
    this.#sessions.set(id, {agentId: id, place, ...age, choices: new Map(), turn: undefined, loading: false})
  }

  #learn(can: AgentAbilities | undefined): void {
    this.#canResume = can?.sessionCapabilities?.resume != null
    this.#canLoad = can?.loadSession === true
  }

  async #restore(session: Session): Promise<void> {
    const {agent, loadTimeoutMs, now, wait} = this.#options
    const once = session.loads > 0 ? agent.faults.find(({kind}) => kind === 'loads-once') : undefined
    const can = this.#canResume ? 'session/resume' : this.#canLoad ? 'session/load' : undefined
    const method = once ? undefined : can
    const rest = method ? waitBeforeLoad(agent.faults, session.createdAt, now()) : 0
    if (rest > 0) {
      const fault = agent.faults.find(({kind}) => kind === 'young-session')
      this.say(`${agent.name} ${fault?.text}: waiting ${Math.ceil(rest / 1000)} s`)
      await wait(rest)
    }
    session.loading = true
    let lost = method ? undefined : once ? `it ${once.text}` : 'it cannot load a session'
    if (method) {
      const late = wait(loadTimeoutMs).then((): never => {
        throw new Error(`it did not answer within ${loadTimeoutMs / 1000} s`)
      })
      late.catch(() => {})
      try {
        await Promise.race([this.#request(method, {...session.place, sessionId: session.agentId}), late])
      } catch (error) {
        if (isGone(error)) throw error
        lost = (error as Error).message
      }
    }
    if (lost !== undefined) {
      const {sessionId} = await this.#request('session/new', session.place)
      session.agentId = String(sessionId)
      session.createdAt = now()
      session.loads = 0
      this.say(`${agent.name} does not know what was said before: ${lost}`)
    }
    if (lost === undefined) session.loads += 1
    session.loading = false
    for (const choice of session.choices.values()) {
      await this.#request(String(choice.method), {...choice.params, sessionId: session.agentId}).catch(() => {})
    }
  }

  /** A prompt in which the agent died: the one that came after is told what it lost, under the same request. */
  #goOn(message: Message): void {
    const id = sessionIn(message)
    const session = id === undefined ? undefined : this.#sessions.get(id)
    const turn = session?.turn
    // One that waits behind it had not begun.
    if (!session || !turn || turn.request !== message.id) {
      this.#pass(message)
      return
    }
    if (turn.cancelled) {
      session.turn = undefined
      this.#asked.delete(message.id as Id)
      this.#options.toEditor({jsonrpc: '2.0', id: message.id as Id, result: {stopReason: 'cancelled'}})
      return
    }
    if (turn.deaths >= POISON_DEATHS) {
      session.turn = undefined
      this.#refuse(
        message,
        `${this.#options.agent.name} died ${turn.deaths} times at this prompt: it is not tried again`,
      )
      return
    }
    if (turn.shown === '' && turn.tools.size === 0) {
      this.#pass(message)
      return
    }
    turn.told = true
    const text = continuation(lostTurn(turn), false)
    const params = {sessionId: session.agentId, prompt: [{type: 'text', text}]}
    this.#options.toAgent({jsonrpc: '2.0', id: message.id as Id, method: 'session/prompt', params})
  }

  /** One that does not hear would hold the editor's prompt for ever. */
  async #endUnlessCancelled(turn: Turn): Promise<void> {
    const {agent, wait, kill} = this.#options
    await wait(CANCEL_MS)
    if (!turn.told || ![...this.#sessions.values()].some((session) => session.turn === turn)) return
    this.say(`${agent.name} goes on after it was cancelled: it is ended, and started again`)
    kill()
  }

  #cancelled(id: string | undefined): void {
    const turn = id === undefined ? undefined : this.#sessions.get(id)?.turn
    if (turn) turn.cancelled = true
    if (turn && this.#open) void this.#endUnlessCancelled(turn)
    if (this.#open) return
    // What the agent was not asked yet it need not be told either.
    for (const asked of [...this.#asked.values()]) {
      if (asked.method !== 'session/prompt' || sessionIn(asked) !== id || asked.id === turn?.request) continue
      this.#asked.delete(asked.id as Id)
      this.#options.toEditor({jsonrpc: '2.0', id: asked.id as Id, result: {stopReason: 'cancelled'}})
    }
  }

  #refuse(message: Message, why: string): void {
    const id = sessionIn(message)
    const session = id === undefined ? undefined : this.#sessions.get(id)
    if (session && session.turn?.request === message.id) session.turn = undefined
    this.#asked.delete(message.id as Id)
    this.#options.toEditor(asError(message.id as Id, INTERNAL, why))
  }

  #tell(sessionId: string, update: Record<string, unknown>): void {
    this.#options.toEditor({jsonrpc: '2.0', method: 'session/update', params: {sessionId, update}})
  }

  #request(method: string, params: unknown): Promise<Record<string, unknown>> {
    const id = `hermes-own-${this.#generation}-${++this.#count}`
    return new Promise((resolve, reject) => {
      this.#own.set(id, {resolve, reject})
      this.#options.toAgent({jsonrpc: '2.0', id, method, params: params as Record<string, unknown>})
    })
  }

  #sessionOfAgent(id: string | undefined): [string, Session] | undefined {
    return id === undefined ? undefined : [...this.#sessions].find(([, {agentId}]) => agentId === id)
  }
}

interface AgentAbilities {
  loadSession?: boolean
  sessionCapabilities?: {resume?: unknown}
}

const isGone = (error: unknown) => (error as Error).message === 'the agent ended'

const cancelRequest = (requestId: Id): Message => ({jsonrpc: '2.0', method: '$/cancel_request', params: {requestId}})

function hasNotices({params}: Message): boolean {
  const {clientCapabilities} = (params ?? {}) as {clientCapabilities?: {session?: {notices?: unknown}}}
  return clientCapabilities?.session?.notices != null
}

function turnOf({id, params}: Message): Turn {
  const blocks = Array.isArray(params?.prompt) ? params.prompt : []
  const prompt = blocks.map((block) => String(block?.text ?? block?.uri ?? '')).join('\n')
  return {
    request: id as Id,
    prompt,
    shown: '',
    reasoning: '',
    tools: new Map(),
    told: false,
    deaths: 0,
    cancelled: false,
  }
}

/** What the editor was shown of a turn. */
function note(turn: Turn | undefined, {params}: Message): void {
  const update = (params?.update ?? {}) as {
    sessionUpdate?: string
    content?: {text?: unknown}
    toolCallId?: string
    title?: string
    status?: string
  }
  if (!turn) return
  if (update.sessionUpdate === 'agent_message_chunk') turn.shown += String(update.content?.text ?? '')
  if (update.sessionUpdate !== 'tool_call' && update.sessionUpdate !== 'tool_call_update') return
  const {toolCallId: id = '', title, status} = update
  const known = turn.tools.get(id)
  const isOver = status === 'completed' || status === 'failed'
  turn.tools.set(id, {title: title ?? known?.title ?? '', status: isOver ? 'complete' : (known?.status ?? 'unknown')})
}

function lostTurn({prompt, shown, reasoning, tools, deaths}: Turn): InterruptedTurn {
  return {
    prompt_id: null,
    user: prompt,
    assistant: shown,
    reasoning,
    tools: [...tools].map(([tool_id, {title, status}]) => ({tool_id, name: title, context: '', status})),
    deaths,
  }
}
