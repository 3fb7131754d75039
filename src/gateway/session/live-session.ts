import {errorCodes} from '../../protocol/frames.js'
import type {ModelMessage} from '../models/types.js'
import {RpcError} from '../rpc-error.js'
import type {Store} from '../store/types.js'
import type {Turn} from '../turn/turn.js'
import type {ContextFill} from '../turn/usage.js'
import type {SessionPermissions} from './permissions.js'
import type {Questions} from './questions.js'

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
  questions: Questions
  permissions: SessionPermissions
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
  readonly permissions: SessionPermissions
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
  /** Which version of which file the model knows; made of the stored results whenever the context is. */
  reads = new Map<string, string>()
  untold: UntoldEnd | undefined

  constructor(options: LiveSessionOptions) {
    this.id = options.id
    this.key = options.key
    this.title = options.title
    this.model = options.model
    this.cwd = options.cwd
    this.stored = options.stored
    this.seed = options.seed ?? []
    this.questions = options.questions
    this.permissions = options.permissions
  }

  /** `waiting`: the person is asked something. */
  get status(): 'idle' | 'working' | 'waiting' {
    if (!this.turn) return 'idle'
    return this.questions.waiting ? 'waiting' : 'working'
  }

  /** Stops the running turn; harmless when none runs (the reference then cancels the next one). */
  interrupt(): void {
    this.turn?.interrupt()
    this.questions.release()
  }

  /** As {@link interrupt}, but a question to the person stays open for whoever opens the session next. */
  suspend(): void {
    this.turn?.suspend()
    this.questions.release()
  }
}

/** The live session of an id; 4001 when there is none. */
export function liveSession(
  {sessions}: {readonly sessions: ReadonlyMap<string, LiveSession>},
  liveId: string,
): LiveSession {
  const session = sessions.get(liveId)
  if (!session) throw new RpcError(errorCodes.unknownSession, 'session not found')
  return session
}
