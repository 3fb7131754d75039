import {errorCodes} from '../protocol/frames.js'
import type {SessionInfo, Usage} from '../protocol/methods.js'
import type {Gateway} from './gateway.js'
import {gitBranch} from './git-branch.js'
import type {ModelMessage} from './models/types.js'
import {Questions} from './questions.js'
import {RpcError} from './rpc-error.js'
import type {Store} from './store/types.js'
import type {Turn} from './turn.js'
import type {ContextFill} from './usage.js'
import {toWireUsage} from './usage.js'

export interface SeedMessage {
  role: 'user' | 'assistant' | 'system'
  text: string
}

export interface LiveSessionOptions {
  id: string
  key: string
  /** Explicit title or the stored one. */
  title: string | null
  /** Session's own choice; undefined: the configured default. */
  model: string | undefined
  cwd: string
  /** The store has a row for it: it was prompted before. */
  stored: boolean
  seed?: readonly SeedMessage[]
}

/** How a turn ended that the store could not be told of; told again before the next one. */
export interface UntoldEnd {
  turnId: number
  end: Parameters<Store['finishTurn']>[1]
}

/** A session that is open in this process under its live id. */
export class LiveSession {
  readonly id: string
  readonly key: string
  readonly cwd: string
  readonly startedAt = Date.now()
  readonly questions: Questions
  title: string | null
  model: string | undefined
  stored: boolean
  seed: readonly SeedMessage[]
  lastActiveAt = Date.now()
  turn: Turn | undefined
  /** Settles when the running turn is closed and told. */
  turnDone: Promise<void> = Promise.resolve()
  /** Context of the model up to the last turn; undefined: to be read from the store. */
  history: ModelMessage[] | undefined
  context: ContextFill | undefined
  untold: UntoldEnd | undefined

  constructor(options: LiveSessionOptions, gateway: Gateway) {
    this.id = options.id
    this.key = options.key
    this.title = options.title
    this.model = options.model
    this.cwd = options.cwd
    this.stored = options.stored
    this.seed = options.seed ?? []
    this.questions = new Questions({
      emit: (type, payload) => gateway.emit(this.id, type, payload),
      always: gateway.always,
      timeoutMs: gateway.limits.questionTimeoutMs,
    })
  }

  /** `waiting`: a question of the model is open. */
  get status(): 'idle' | 'working' | 'waiting' {
    if (!this.turn) return 'idle'
    return this.questions.waiting ? 'waiting' : 'working'
  }

  /** Stops the running turn; harmless when none runs (the reference then cancels the next one). */
  interrupt(): void {
    this.turn?.interrupt()
    this.questions.release()
  }
}

/** The live session of an id; 4001 when there is none. */
export function liveSession(gateway: Gateway, liveId: string): LiveSession {
  const session = gateway.sessions.get(liveId)
  if (!session) throw new RpcError(errorCodes.unknownSession, 'session not found')
  return session
}

export async function sessionModelId(gateway: Gateway, session: LiveSession): Promise<string> {
  return session.model ?? (await (await gateway.services.registry()).defaultId())
}

export async function sessionUsage(gateway: Gateway, session: LiveSession): Promise<Usage> {
  const store = await gateway.services.store()
  return toWireUsage(await sessionModelId(gateway, session), store.usage(session.key), session.context)
}

/** The reference's number for the shape of SessionInfo. */
const DESKTOP_CONTRACT = 2

/** `lazy`: the short form that create and resume answer with. */
export async function sessionInfo(
  gateway: Gateway,
  session: LiveSession,
  form: 'full' | 'lazy' = 'full',
): Promise<SessionInfo> {
  const model = await sessionModelId(gateway, session)
  const slash = model.indexOf('/')
  const base = {
    model,
    provider: slash === -1 ? model : model.slice(0, slash),
    cwd: session.cwd,
    branch: gitBranch(session.cwd),
    skills: {},
    desktop_contract: DESKTOP_CONTRACT,
    profile_name: 'default',
    session_key: session.key,
    title: session.title ?? '',
    ...(session.stored ? {usage: await sessionUsage(gateway, session)} : {}),
  }
  if (form === 'lazy') return {...base, tools: {}, lazy: true}
  const tools: Record<string, string[]> = {}
  for (const tool of await gateway.services.tools()) {
    tools[tool.toolset] = [...(tools[tool.toolset] ?? []), tool.name]
  }
  return {
    ...base,
    tools,
    running: session.turn !== undefined,
    version: gateway.version,
  }
}
