import type {ToolState} from '../../protocol/methods.js'
import type {ModelUsage, ToolCall} from '../models/types.js'

/** A stored session. Times are UTC epoch milliseconds. */
export interface SessionRow {
  key: string
  title: string | null
  model: string | null
  cwd: string | null
  source: string
  startedAt: number
  lastActiveAt: number
  endedAt: number | null
  endReason: string | null
  parentKey: string | null
}

export interface SessionSummary extends SessionRow {
  /** First user message, at most 60 characters. */
  preview: string
  messageCount: number
}

export type TurnStatus = 'running' | 'complete' | 'interrupted' | 'error'

/** One prompt and all that came of it. */
export interface TurnRow {
  id: number
  sessionKey: string
  promptId: string
  prompt: string
  status: TurnStatus
  error: string | null
  /** Gateway processes that died while they worked on it. */
  deaths: number
  startedAt: number
  endedAt: number | null
}

export type MessageStatus = 'complete' | 'interrupted' | 'error'

export interface MessageRow {
  /** Negative while the turn runs and the message exists in its journal alone. */
  id: number
  turnId: number | null
  /** Prompt id of the turn. */
  promptId: string | null
  createdAt: number
  role: 'user' | 'assistant' | 'system' | 'tool'
  text: string
  reasoning: string
  status: MessageStatus
  /** Of an assistant message. */
  toolCalls: ToolCall[]
  /** Of an assistant message, what its provider wants back with it, as `encodeSigned` wrote it. Never shown. */
  signed: string | null
  /** Of a tool message. */
  tool: ToolRow | null
}

/** A tool that a model calls, as it is known before it runs. `context`: preview of the arguments. */
export interface KnownCall {
  id: string
  name: string
  context: string
  args: unknown
}

export interface ToolRow extends KnownCall {
  /** While the turn runs, `unknown` is a call that runs, and `not-started` one that is still to come. */
  state: ToolState
  /** Undefined unless the state is `complete` or `denied`. */
  result: unknown
  /** Without the time that the person was waited for. */
  durationS: number | null
}

/** What a call asks the person. The row is gone when the call runs, is settled, or its turn ends. */
export interface QuestionRow {
  id: string
  toolId: string
  kind: 'approval' | 'clarify'
  payload: unknown
  /** Undefined: it is open. */
  answer: unknown
  createdAt: number
}

/**
 * What a running turn writes as it happens, in a file of its own until the calls of a step make messages of it. Text and reasoning are appended to what came before.
 * The calls of a step are written with its end, before any of them runs; text after a `tool-end` belongs
 * to the next step in any case.
 */
export type JournalEntry =
  | {kind: 'text'; text: string}
  | {kind: 'reasoning'; text: string}
  | {kind: 'calls'; calls: readonly KnownCall[]}
  /** What the provider wants back with the step, which is whole: text that follows belongs to another one. */
  | {kind: 'signed'; step: string}
  /** The call runs: it may do what needs no leave. */
  | {kind: 'started'; id: string}
  /** Its question is stored; it waits for the person. */
  | {kind: 'asked'; id: string}
  /** It got leave: what it does from here on may be done once only. */
  | {kind: 'allowed'; id: string}
  | {kind: 'tool-end'; id: string; result: unknown; durationS: number; denied?: boolean}
  /** Of journals from before there was `calls`: a call that was not known until it ran. */
  | ({kind: 'tool-start'} & KnownCall)
  /** The model's API call is over; text that follows belongs to the next one. */
  | {kind: 'step-end'}

export interface TurnResult {
  status: Exclude<TurnStatus, 'running'>
  error?: string
  usage?: Usages
  /** Its question stays open, for whoever opens the session next. */
  waiting?: boolean
}

export interface NewQuestion extends Omit<QuestionRow, 'answer' | 'createdAt'> {
  /** Ids of the call's questions from before that it takes the place of. */
  replaces: readonly string[]
}

/** Which process works on a session. Birth and boot tell a reused pid from the one that was recorded. */
export interface SessionOwner {
  pid: number
  /** Start time of the process as the system counts it (`/proc/PID/stat` field 22), or null where there is none. */
  birth: string | null
  boot: string | null
  since: number
}

export interface SearchHit {
  key: string
  title: string | null
  messageId: number
  role: string
  /** Matches between U+0002 and U+0003. */
  snippet: string
  createdAt: number
}

export interface Usages {
  /** Model steps. */
  calls: number
  usage: ModelUsage
}

/**
 * The gateway's memory. Every method is synchronous and is one transaction (where it is in slices, each of them):
 * after a `kill -9` the files hold the state before or after it, nothing else. Failures are HermesErrors with code
 * `store/locked | read-only | full | corrupt | newer | removed | io` and exit code `exitCodes.store`.
 */
export interface Store {
  readonly path: string
  /** The SQL that was run so far, for {@link Store.prepare} of another store. */
  readonly statements: readonly string[]
  /** Compiles SQL that will be run. */
  prepare(statements: readonly string[]): void
  /** Makes one transaction, with the write lock, of all that `work` does here. It ends before anything is awaited. */
  atomically<T>(work: () => T): T

  /**
   * Inserts the session if its key is new, stores the prompt and opens the turn. A prompt id that the
   * session knows already returns its turn and changes nothing. A title that is invalid or was taken
   * meanwhile does not hold the prompt up: the session is stored without one.
   */
  beginTurn(input: {
    session: {key: string; title: string | null; model: string | null; cwd: string | null; source: string}
    promptId: string
    prompt: string
  }): {turn: TurnRow; duplicate: boolean}
  /**
   * Opens an interrupted or failed turn again, to go on with it. Its messages stay; text that comes
   * next is added to an assistant message that broke off. Throws `store/turn-state` for any other turn.
   */
  reopenTurn(turnId: number): TurnRow
  /** Throws `store/turn-state` when the turn is not running (any more): another process settled or deleted it. */
  journal(turnId: number, entries: readonly JournalEntry[]): void
  /**
   * Folds the journal into messages and closes the turn and, unless it is `waiting`, its questions; its usage is added
   * up. Throws `store/turn-state` as `journal` does.
   */
  finishTurn(turnId: number, end: TurnResult): void
  /** Stores a question before it is shown, or notes that one is shown again, in one with the call's state. */
  ask(turnId: number, question: NewQuestion): void
  /** False where there is no such question or it was answered: then nothing is changed. */
  answer(questionId: string, answer: unknown): boolean
  /** Rules that the person allowed for a session. Adding one that is there changes nothing. */
  sessionRules(key: string): string[]
  addSessionRule(key: string, rule: string): void
  removeSessionRule(key: string, rule: string): boolean
  /**
   * Opens an interrupted turn again whose call still waits for the person, or has an answer and did not run;
   * undefined where there is none. One that was taken up twice and not shown is left alone, unless it is done
   * `byHand`: it may be what the processes died of.
   */
  takeUpTurn(turnId: number, options?: {byHand?: boolean}): {turn: TurnRow; questions: QuestionRow[]} | undefined
  /** Whether `takeUpTurn` would open an interrupted turn; changes nothing. */
  turnWaits(turnId: number): boolean
  /** Closes, as interrupted, turns that a process which is gone left running; counts the death. Returns them. */
  settleSession(key: string): TurnRow[]
  turn(sessionKey: string, promptId: string): TurnRow | undefined
  lastTurn(sessionKey: string): TurnRow | undefined

  session(key: string): SessionRow | undefined
  /** By key, else by exact title, else by the live id of any process. */
  findSession(keyOrTitleOrLiveId: string): SessionRow | undefined
  bindLiveId(liveId: string, key: string): void
  /** The same for a session that is not stored yet. */
  bindBlank(liveId: string, key: string): void
  /** Key of a session that is not stored, by the live id that it had in any process. */
  blankSession(liveId: string): string | undefined
  /** By last activity, newest first. */
  listSessions(limit: number): SessionSummary[]
  /** The most recently active session that has a prompt; with `cwd` of those of that folder and of those without one. */
  mostRecent(cwd?: string): SessionSummary | undefined
  /** Keys of those among the newest sessions whose last reply was cut off, or waits for an answer; newest first. */
  unfinished(): string[]
  /** Throws HermesError `store/title-taken`, `store/title-invalid` or `store/unknown-session`. */
  setTitle(key: string, title: string): void
  /** This, `endSession` and `reopenSession` do nothing where no such session is stored. */
  setModel(key: string, model: string): void
  endSession(key: string, reason: string): void
  reopenSession(key: string): void
  /**
   * Copies a session, as it is shown, under a key that is new, in slices: one at each `next`. The copy is no session
   * before it is whole. A turn that runs is copied as interrupted; what the original has cost is not counted again.
   * Throws `store/unknown-session` or the errors of a title.
   */
  branchSession(key: string, branch: {key: string; title: string | null}): Generator<void, SessionRow>
  deleteSession(key: string): boolean
  /** Takes the last turn back: it is no longer shown or sent. Returns the number of messages. Throws `store/turn-state` while it runs. */
  undoLastTurn(key: string): number

  /** What is shown, in order, with the journal of a running turn folded in. */
  messages(key: string, newest?: number): MessageRow[]
  /** The same for a screen: `signed` is null, and calls and tools have no arguments. */
  shownMessages(key: string, newest?: number): MessageRow[]
  messageCount(key: string): number
  usage(key: string): Usages
  /**
   * Any text is a valid query: all its words must occur, the last one as a prefix, in the first million characters of a
   * message. Best match first.
   */
  search(query: string, limit: number): SearchHit[]

  owner(key: string): SessionOwner | undefined
  /** The session need not be stored yet. */
  setOwner(key: string, owner: SessionOwner | undefined): void

  /** Removes what processes left behind that died, in slices: one at each `next`. Nothing of it is shown meanwhile. */
  tidy(): Generator<void>
  close(): void
}
