import {setTimeout as pause} from 'node:timers/promises'
import {
  type ClientConnection,
  type ContentBlock,
  type CreateElicitationRequest,
  type CreateElicitationResponse,
  client,
  type InitializeResponse,
  type LoadSessionResponse,
  type NewSessionResponse,
  PROTOCOL_VERSION,
  type PromptResponse,
  RequestError,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionNotification,
  type SessionUpdate,
} from '@agentclientprotocol/sdk'
import {messageOf} from '../../errors.js'
import {RpcError} from '../../gateway/rpc-error.js'
import {errorCodes} from '../../protocol/frames.js'
import {type ChosenAgent, waitBeforeLoad} from '../agents/known.js'
import {type AgentEnd, AgentProcess} from './agent-process.js'
import type {Served} from './served.js'

/** The protocol's code of an agent that wants the person to sign in. */
const AUTH_REQUIRED = -32000
/** JSON-RPC's code: it says that it can, and cannot. */
const METHOD_NOT_FOUND = -32601

/** So much is kept of what is told before a session is known. */
const MOST_EARLY = 100

/** What the agent says of a session of its own. */
export interface LinkedSession {
  update(update: SessionUpdate): void
  askPermission(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse>
  elicit(request: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse>
  readonly served: Served
  /** Resolves when all updates until now are told on. */
  settled(): Promise<void>
}

export interface LinkOptions {
  agent: ChosenAgent
  cwd: string
  env: NodeJS.ProcessEnv
  version: string
  /** How long a stored session may take to come back, milliseconds. */
  loadTimeoutMs: number
  /** Resolves when whoever is told what the agent says has taken enough of it. Default: at once. */
  room?: () => Promise<void>
}

/** How a stored session came back; `lost`: it did not, and why. */
export type Restored = {id: string; state: LoadSessionResponse} & ({lost?: undefined} | {lost: string})

/** The agent, as far as it is a peer of the protocol. */
export class AgentLink {
  readonly ended: Promise<AgentEnd>
  readonly #options: LinkOptions
  readonly #process: AgentProcess
  readonly #sessions = new Map<string, LinkedSession>()
  /** Asked for, and not come back: what is told of them late is still a replay. */
  readonly #passedOver = new Set<string>()
  /** Told right behind a new session's id, before anybody had it: an agent's commands are. */
  #early: SessionNotification[] = []
  readonly #initialized: Promise<InitializeResponse>

  constructor(options: LinkOptions) {
    this.#options = options
    const {agent, cwd, env, version} = options
    const of = (id: string): LinkedSession => {
      const found = this.#sessionOf(id)
      if (!found) throw RequestError.sessionNotFound(id)
      return found
    }
    const app = client({name: 'hermes'})
      // Those of a session that is being loaded are a replay of what we have: nobody is told.
      .onNotification('session/update', ({params}) => this.#update(params))
      .onRequest('session/request_permission', ({params, signal}) => of(params.sessionId).askPermission(params, signal))
      .onRequest('fs/read_text_file', ({params}) => of(params.sessionId).served.read(params))
      .onRequest('fs/write_text_file', ({params}) => of(params.sessionId).served.write(params))
      .onRequest('terminal/create', ({params}) => of(params.sessionId).served.createTerminal(params))
      .onRequest('terminal/output', ({params}) => of(params.sessionId).served.output(params.terminalId))
      .onRequest('terminal/wait_for_exit', ({params}) => of(params.sessionId).served.waitForExit(params.terminalId))
      .onRequest('terminal/kill', async ({params}) => {
        await of(params.sessionId).served.killTerminal(params.terminalId)
        return {}
      })
      .onRequest('terminal/release', async ({params}) => {
        await of(params.sessionId).served.release(params.terminalId)
        return {}
      })
      .onRequest('elicitation/create', ({params, signal}) => {
        const id = (params as {sessionId?: string}).sessionId ?? [...this.#sessions.keys()].at(-1) ?? ''
        return of(id).elicit(params, signal)
      })
    this.#process = new AgentProcess(agent, app, {
      cwd,
      env,
      room: async () => {
        await Promise.all([...this.#sessions.values()].map((session) => session.settled()))
        await options.room?.()
      },
    })
    this.ended = this.#process.ended
    this.#initialized = this.#call(
      this.#agent.request('initialize', {
        protocolVersion: PROTOCOL_VERSION,
        clientInfo: {name: 'hermes', title: 'Hermes', version},
        clientCapabilities: {
          fs: {readTextFile: true, writeTextFile: true},
          terminal: true,
          session: {notices: {}, configOptions: {boolean: {}}},
          elicitation: {form: {}},
        },
      }),
    )
    // Whoever asks for a session is told.
    this.#initialized.catch(() => {})
  }

  get #agent(): ClientConnection['agent'] {
    return this.#process.connection.agent
  }

  initialized(): Promise<InitializeResponse> {
    return this.#initialized
  }

  /** From now on updates and questions of that session of the agent are for `session`. */
  bind(id: string, session: LinkedSession): void {
    this.#sessions.set(id, session)
    const early = this.#early.filter(({sessionId}) => sessionId === id)
    this.#early = []
    for (const {update} of early) session.update(update)
  }

  unbind(id: string): void {
    this.#sessions.delete(id)
  }

  async create(cwd: string): Promise<NewSessionResponse> {
    await this.#initialized
    return this.#call(this.#agent.request('session/new', {cwd, mcpServers: []}))
  }

  /**
   * Its whole replay is swallowed: ours is kept. `deadly`: the agent died whenever it was asked for it, and is not asked
   * again; `loads`: how often it gave it; `asked`: called before it is. Rejects only where there can be no session at all.
   */
  async restore(
    known: {id: string; at: number; loads: number; deadly: boolean} | undefined,
    cwd: string,
    {tell, asked}: {tell: (text: string) => void; asked: () => void},
  ): Promise<Restored> {
    const {agentCapabilities} = await this.#initialized
    const resumes = agentCapabilities?.sessionCapabilities?.resume != null
    const loads = agentCapabilities?.loadSession === true
    if (!known) return {...(await this.#fresh(cwd)), lost: 'it had none'}
    if (known.deadly) return {...(await this.#fresh(cwd)), lost: 'it died each time when it was asked for it'}
    if (!resumes && !loads) return {...(await this.#fresh(cwd)), lost: 'it cannot load a session'}
    const once = this.#options.agent.faults.find(({kind}) => kind === 'loads-once')
    if (once && known.loads > 0) return {...(await this.#fresh(cwd)), lost: `it ${once.text}`}
    await this.#outliveMinute(known.at, tell)
    // It may have ended while it was waited for.
    if (this.gone) return await this.#call(new Promise<never>(() => {}))
    asked()
    this.#passedOver.add(known.id)
    const {loadTimeoutMs} = this.#options
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), loadTimeoutMs)
    let why = ''
    try {
      for (const method of [...(resumes ? ['session/resume'] : []), ...(loads ? ['session/load'] : [])] as const) {
        const params = {sessionId: known.id, cwd, mcpServers: []}
        const options = {cancellationSignal: abort.signal, stopWaitingOnCancel: true}
        try {
          const state: LoadSessionResponse = (await this.#agent.request(method, params, options)) ?? {}
          // Some go on with a copy.
          const {sessionId: moved} = state as {sessionId?: unknown}
          const id = typeof moved === 'string' && moved !== '' ? moved : known.id
          this.#passedOver.delete(id)
          return {id, state}
        } catch (error) {
          if (this.gone) return await this.#call(Promise.reject(error))
          why = abort.signal.aborted ? `it did not answer within ${loadTimeoutMs / 1000} s` : wordsOf(error)
          if ((error as {code?: unknown}).code !== METHOD_NOT_FOUND) break
        }
      }
    } finally {
      clearTimeout(timer)
    }
    return {...(await this.#fresh(cwd)), lost: why}
  }

  prompt(sessionId: string, prompt: ContentBlock[]): Promise<PromptResponse> {
    return this.#call(this.#agent.request('session/prompt', {sessionId, prompt}))
  }

  cancel(sessionId: string): void {
    void this.#agent.notify('session/cancel', {sessionId}).catch(() => {})
  }

  setMode(sessionId: string, modeId: string): Promise<unknown> {
    return this.#call(this.#agent.request('session/set_mode', {sessionId, modeId}))
  }

  setOption(sessionId: string, configId: string, value: string) {
    return this.#call(this.#agent.request('session/set_config_option', {sessionId, configId, value}))
  }

  /** Its process has ended, or is about to. */
  get gone(): boolean {
    return this.#process.gone
  }

  end(): void {
    this.#process.end()
  }

  kill(): void {
    this.#process.kill()
  }

  #update(params: SessionNotification): void {
    const session = this.#sessionOf(params.sessionId)
    if (session) session.update(params.update)
    else if (!this.#passedOver.has(params.sessionId) && this.#early.length < MOST_EARLY) this.#early.push(params)
  }

  /**
   * An id that nobody was told is of the only session that is open: there are agents that go on under another one, and a
   * question of theirs must not be lost.
   */
  #sessionOf(id: string): LinkedSession | undefined {
    const found = this.#sessions.get(id)
    if (found || this.#passedOver.has(id) || this.#sessions.size !== 1) return found
    return this.#sessions.values().next().value
  }

  async #fresh(cwd: string): Promise<{id: string; state: LoadSessionResponse}> {
    const {sessionId, modes, configOptions} = await this.create(cwd)
    return {id: sessionId, state: {modes: modes ?? null, configOptions: configOptions ?? null}}
  }

  async #outliveMinute(createdAt: number, tell: (text: string) => void): Promise<void> {
    const {faults} = this.#options.agent
    const rest = waitBeforeLoad(faults, createdAt, Date.now())
    const fault = faults.find(({kind}) => kind === 'young-session')
    if (!fault || rest === 0) return
    tell(`${this.#options.agent.name} ${fault.text}: waiting ${Math.ceil(rest / 1000)} s (${fault.report})`)
    const over = new AbortController()
    const end = () => over.abort()
    // Whoever waits for a dead one keeps the next one waiting.
    void this.ended.then(end)
    await pause(rest, undefined, {signal: over.signal}).catch(() => {})
  }

  /** A refusal of the agent, in words for the person. */
  async #call<T>(answer: Promise<T>): Promise<T> {
    const {name} = this.#options.agent
    const end = this.ended.then(({failure}): never => {
      throw new RpcError(errorCodes.agent, failure ?? `${name} ended`)
    })
    try {
      return await Promise.race([answer, end])
    } catch (error) {
      if (error instanceof RpcError) throw error
      // How it ended says more than that it did.
      if (this.gone) return await end
      if ((error as {code?: unknown}).code === AUTH_REQUIRED) throw await this.#signIn()
      throw new RpcError(errorCodes.agent, `${name}: ${wordsOf(error)}`)
    } finally {
      end.catch(() => {})
    }
  }

  async #signIn(): Promise<RpcError> {
    const {name, command} = this.#options.agent
    const {authMethods = []} = await this.#initialized
    const ways = authMethods.map((method) => method.name).join(', ')
    const how = `run ${command[0]} in a terminal once and sign in there${ways ? `: ${ways}` : ''}`
    return new RpcError(errorCodes.agent, `${name} wants you to sign in: ${how}`)
  }
}

/** What the agent says of its refusal, with its reason where it gives one. */
function wordsOf(error: unknown): string {
  const detail = detailOf((error as {data?: unknown}).data)
  const [line = ''] = (detail ?? '').trim().split('\n', 1)
  return `${messageOf(error)}${line ? ` (${line})` : ''}`
}

function detailOf(data: unknown): string | undefined {
  if (typeof data === 'string') return data
  if (typeof data !== 'object' || data === null) return undefined
  const {details, message} = data as Record<string, unknown>
  return typeof details === 'string' ? details : typeof message === 'string' ? message : undefined
}
