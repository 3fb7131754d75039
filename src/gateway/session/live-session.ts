import type {Effort} from '../../config/schema.js'
import type {SubagentNews} from '../../protocol/events.js'
import {errorCodes} from '../../protocol/frames.js'
import type {Recorder} from '../checkpoints/recorder.js'
import type {PathCompleter} from '../complete/path-completer.js'
import type {JobDesk} from '../jobs/job-desk.js'
import type {ModelMessage} from '../models/types.js'
import {RpcError} from '../rpc-error.js'
import type {AgentTask} from '../store/agents/types.js'
import type {ContextFill, Store} from '../store/types.js'
import type {ShellState} from '../tools/command/kept-shell.js'
import type {ToolContext} from '../tools/types.js'
import type {Turn} from '../turn/turn.js'
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
  /** Session's own choice of how much the model thinks. */
  effort?: Effort | undefined
  /** As it was stored. */
  context?: ContextFill | null
  cwd: string
  /** The store has a row for it: it was prompted before. */
  stored: boolean
  seed?: readonly SeedMessage[]
  questions: Questions
  permissions: SessionPermissions
  /** Gives tasks of a call to sub-agents; default none can be given. */
  delegate?: LiveSession['delegate']
  /** Default: it works for nobody but the person. */
  delegated?: Delegated
}

/** The sub-agents of a session, as others look at them. */
export interface SubAgents {
  /** One of them asks the person. */
  readonly waiting: boolean
  /** As the wire lists those at work. */
  active(): SubagentNews[]
  /** Stops one alone, by its key. False: no such one is at work. */
  stop(key: string): boolean
  /** Says again what is at work and what it asks, to a client that has just come. */
  tell(): void
  respond: Questions['respond']
  answer: Questions['answer']
  settleNow(): void
}

/** What holds for a session that works for another one. */
export interface Delegated {
  /** Key of that one; whoever has that has this. */
  parentKey: string
  /** What its model is told beside what all are told. */
  instructions: string
  /** Whether it may use the tool of that name. */
  allows(tool: string): boolean
  /** Calls of its model at most. */
  maxSteps: number
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
  readonly delegated: Delegated | undefined
  readonly delegate:
    | ((
        call: {turnId: number; callId: string},
        tasks: readonly AgentTask[],
        given: {signal: AbortSignal; waits: ToolContext['waits']},
      ) => Promise<Record<string, unknown>>)
    | undefined
  /** It works beside another one, whose screen is told what it asks: its name there, and the live id that is told. */
  beside: {name: string; parentKey: string; listener: () => string | undefined} | undefined
  /** Its sub-agents; made with the first task that is delegated. */
  agents: SubAgents | undefined
  /** It was prompted before this process had it. */
  readonly resumed: boolean
  title: string | null
  model: string | undefined
  /** How much the model is to think; undefined: as configured. */
  effort: Effort | undefined
  stored: boolean
  seed: readonly SeedMessage[]
  lastActiveAt = Date.now()
  turn: Turn | undefined
  /** Settles when the running turn is closed and told. */
  turnDone: Promise<void> = Promise.resolve()
  /** Context of the model up to the last turn; undefined: to be read from the store. */
  history: ModelMessage[] | undefined
  context: ContextFill | undefined
  /** Tokens that its model's provider counted for each that was estimated. */
  readonly scale = {value: 1}
  /** Makes smaller what its model is told, between turns; aborted: nothing is changed. */
  compaction: AbortController | undefined
  /** Files of instructions that the person was told of, with what was wrong with them; undefined: none yet. */
  toldInstructions: string | undefined
  /** Which version of which file the model knows; made of the stored results whenever the context is. */
  reads = new Map<string, string>()
  untold: UntoldEnd | undefined
  /** What its commands hand on; undefined: not read yet, or nothing is. */
  shellState: ShellState | undefined
  /** Keeps what files were; made with the first act. */
  recorder: Promise<Recorder> | undefined
  /** Files are put back that a process left in the middle which died; it never rejects. Undefined: none are. */
  puttingBack: Promise<void> | undefined
  /** When old checkpoints were swept last, UTC epoch milliseconds. */
  sweptAt = 0
  /** Made with the first path that is completed. */
  paths: PathCompleter | undefined
  /** Commands of its model ran in this process, and may have left something running. */
  ranCommands = false
  /** Its commands that run beside it; made with the first one, or where a gateway left some. */
  jobs: JobDesk | undefined
  /** Lines of the person's own that run, by their ids. */
  readonly shellLines = new Map<string, AbortController>()

  constructor(options: LiveSessionOptions) {
    this.id = options.id
    this.key = options.key
    this.title = options.title
    this.model = options.model
    this.effort = options.effort
    this.context = options.context ?? undefined
    this.cwd = options.cwd
    this.stored = options.stored
    this.resumed = options.stored
    this.seed = options.seed ?? []
    this.questions = options.questions
    this.permissions = options.permissions
    this.delegated = options.delegated
    this.delegate = options.delegate
  }

  /** Of the session whose owner has it. */
  get ownerKey(): string {
    return this.delegated?.parentKey ?? this.key
  }

  /** `waiting`: the person is asked something. */
  get status(): 'idle' | 'working' | 'waiting' {
    if (!this.turn) return 'idle'
    return this.questions.waiting || this.agents?.waiting ? 'waiting' : 'working'
  }

  /** Stops the running turn, or a compaction; harmless when none runs (the reference then cancels the next one). */
  interrupt(): void {
    this.compaction?.abort()
    this.turn?.interrupt()
    this.questions.release({told: true})
  }

  /** As {@link interrupt}, but a question to the person stays open for whoever opens the session next. */
  suspend(): void {
    this.compaction?.abort()
    this.turn?.suspend()
    this.questions.release()
  }

  /** The process ends now: what runs is closed at once. */
  settleNow(): void {
    this.turn?.settleNow()
    this.agents?.settleNow()
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

/** As {@link liveSession}; of a client that names none, the one that was used last. */
export function meantSession(
  gateway: {readonly sessions: ReadonlyMap<string, LiveSession>},
  liveId: string | null | undefined,
): LiveSession | undefined {
  if (liveId) return liveSession(gateway, liveId)
  return [...gateway.sessions.values()].reduce<LiveSession | undefined>(
    (last, session) => (last && last.lastActiveAt > session.lastActiveAt ? last : session),
    undefined,
  )
}
