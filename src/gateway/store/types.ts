import type {ToolState} from '../../protocol/methods.js'
import type {ModelUsage, ToolCall} from '../models/types.js'
import type {AgentStore} from './agents/types.js'
import type {CheckpointStore} from './checkpoints/types.js'

/** A stored session. Times are UTC epoch milliseconds. */
/** How full a model's context is, by its last step, in tokens. */
export interface ContextFill {
  /** `provider/name` */
  model: string
  used: number
  max: number | undefined
}

export interface SessionRow {
  key: string
  title: string | null
  model: string | null
  /** How much the model is to think; null: as it is configured. */
  effort: string | null
  /** As it was last known; null: not since its model was chosen. */
  context: ContextFill | null
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
  /** Of a user message: see {@link Store.attach}. Never shown. */
  attached: string | null
  /** Of a user message that was said to a turn while it ran: its id. Absent: the prompt of its turn. */
  steerId?: string
  /** Of a tool message. */
  tool: ToolRow | null
  /** Of a prompt or a result of a tool, where they are asked for with what a model is told; absent where there are none. */
  images?: readonly StoredImage[]
}

/** An image of a prompt. `label` stands for it in the text: `[Image #1 · pic.png 1200x800]`, `@pic.png`. */
export interface StoredImage {
  label: string
  name: string
  /** `image/png`. */
  mediaType: string
  width: number
  height: number
  bytes: number
  /** For {@link Store.imageContent}. */
  file: string
  /** The call whose result it is of; absent: it is of the prompt. */
  toolId?: string
}

export type NewImage = Omit<StoredImage, 'bytes' | 'file' | 'toolId'> & {content: Buffer}

/** What an MCP server said of itself when the person took it. */
export interface McpPin {
  server: string
  /** Hash of what is started or asked under that name. */
  identity: string
  /** Of the tools among the definitions. */
  hash: string
  /** JSON. */
  definitions: string
}

/** One that is larger than providers take, and has no scaled copy. */
export type LargeImage = StoredImage & {turnId: number}

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
  /** Said to the turn by the person, and kept nowhere else: where the turn ends first, it is told at its end. */
  | {kind: 'steer'; id: string; text: string}
  /** The model is told it from here on. */
  | {kind: 'steered'; id: string; text: string}
  /** The model's API call is over; text that follows belongs to the next one. */
  | {kind: 'step-end'}

export interface TurnResult {
  status: Exclude<TurnStatus, 'running'>
  error?: string
  usage?: Usages
  context?: ContextFill
  /** Its question stays open, for whoever opens the session next. */
  waiting?: boolean
}

export interface NewQuestion extends Omit<QuestionRow, 'answer' | 'createdAt'> {
  /** Ids of the call's questions from before that it takes the place of. */
  replaces: readonly string[]
}

/** Why a conversation was made smaller: the person asked, it filled the window, or its provider refused it. */
export type CompactionReason = 'asked' | 'full' | 'overflow'

/** What a model is told of the older part of a session. The messages themselves stay as they are, and are shown. */
export interface CompactionRow {
  id: number
  createdAt: number
  reason: CompactionReason
  /** Id of the last message that the summary stands for; 0: there is no summary. */
  covers: number
  /** Id of the last message of whose tool's result a model is told the beginning only; 0: none. */
  outlines: number
  /** The newest message when it was made: its line in the transcript follows it. */
  afterId: number
  /** The turn that ran when it was made. */
  turnId: number | null
  summary: string
  /** How many messages the summary is of that were told in full before. */
  messages: number
  /** How many results were told in full before and are an outline now. */
  results: number
  tokensBefore: number
  tokensAfter: number
}

export interface NewCompaction extends Omit<CompactionRow, 'id' | 'createdAt' | 'afterId'> {
  /** What the summary cost. */
  usage: Usages
}

/** What a model is told of a session. */
export interface StoredContext {
  compaction: CompactionRow | undefined
  /**
   * In order: what no summary stands for, without turns that failed before there was a word of a reply. Where a summary
   * ends in mid-turn, the prompt of that turn comes first.
   */
  rows: MessageRow[]
}

/** Which process works on a session. Birth and boot tell a reused pid from the one that was recorded. */
export interface SessionOwner {
  pid: number
  /** Start time of the process as the system counts it (`/proc/PID/stat` field 22), or null where there is none. */
  birth: string | null
  boot: string | null
  since: number
}

/** A command that runs beside the session. */
export interface JobRow {
  sessionKey: string
  /** Counted from 1 in its session. */
  number: number
  command: string
  cwd: string
  /** By which its processes are found. */
  mark: string
  /** Of the process that minds it; null: nobody saw it start. */
  pid: number | null
  birth: string | null
  boot: string | null
  /** `ended` by itself, `stopped` by somebody or with its session; `lost`: it is gone, and nobody saw how. */
  state: 'running' | 'ended' | 'stopped' | 'lost'
  /** Null where nobody saw it. */
  exitCode: number | null
  /** It goes on after its session has ended. */
  kept: boolean
  /** Bytes of its output that the model has read. */
  readTo: number
  /** The model was told that it ended. */
  told: boolean
  startedAt: number
  endedAt: number | null
}

export type NewJob = Pick<JobRow, 'command' | 'cwd' | 'mark'>
export type JobChange = Partial<Pick<JobRow, 'pid' | 'birth' | 'boot' | 'kept' | 'readTo' | 'told'>>
export type JobEnd = {state: Exclude<JobRow['state'], 'running'>; exitCode: number | null}

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
  /** A reply broke off before its provider told what it took: that part is estimated by its length. */
  estimated?: boolean
  /** Of it, by model, what is known of the cost; calls that are in none of them have an unknown one. */
  spent?: readonly Spent[]
}

/** What one model has taken. */
export interface Spent {
  model: string
  calls: number
  /** Calls of whose cost nothing is known; the rest cost `usd`. */
  unpriced: number
  usage: ModelUsage
  usd: number
  /** By how much it would have been dearer without caching. */
  savedUsd: number
}

/** Of one local day. */
export interface DaySpent extends Spent {
  /** `2026-11-29`. */
  day: string
}

/** A session as its file has it. Times are UTC epoch milliseconds. */
export type SessionHead = Omit<SessionRow, 'context'>

export interface TurnEntry {
  promptId: string
  prompt: string
  status: Exclude<TurnStatus, 'running'>
  error: string | null
  deaths: number
  startedAt: number
  endedAt: number | null
  usage: Usages
}

export interface MessageEntry {
  createdAt: number
  role: MessageRow['role']
  text: string
  reasoning: string
  status: MessageStatus
  /** Of an assistant message. Their arguments are in the messages of the tools. */
  toolCalls: {id: string; name: string; args?: unknown}[]
  signed: string | null
  /** Of a user message, what the model is told behind its text. */
  attached: string | null
  /** As of a row. */
  steerId?: string | undefined
  /** Of a tool message; without `args` or `result` where there is none. */
  tool: {
    id: string
    name: string
    context: string
    state: ToolState
    args?: unknown
    result?: unknown
    durationS: number | null
  } | null
  /** Of a prompt or a tool message; `data` is base64. */
  images?: (Omit<StoredImage, 'bytes' | 'file' | 'toolId'> & {data: string})[] | undefined
}

/** What a session is made of, in order: a turn, then its messages. */
export type SessionEntry = {turn: TurnEntry} | {message: MessageEntry}

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
    /** Default none. */
    images?: readonly NewImage[]
  }): {turn: TurnRow; duplicate: boolean}
  /**
   * Opens an interrupted or failed turn again, to go on with it. Its messages stay; text that comes
   * next is added to an assistant message that broke off. Throws `store/turn-state` for any other turn.
   */
  reopenTurn(turnId: number): TurnRow
  /** Throws `store/turn-state` when the turn is not running (any more): another process settled or deleted it. */
  journal(turnId: number, entries: readonly JournalEntry[]): void
  /**
   * Keeps what the model is told behind the prompt of a turn (files that it names), empty where there is nothing: it is
   * told the same again whenever the session is sent. Throws `store/turn-state` as `journal` does.
   */
  attach(turnId: number, text: string): void
  /** Keeps an image of a call's result, in place of those that the call had. Throws `store/turn-state` as `journal` does. */
  addResultImage(turnId: number, toolId: string, image: NewImage): void
  /** Undefined: nothing was looked for yet. */
  attached(turnId: number): string | undefined
  /** Of the turn before it, where that has the same prompt and broke off or failed: the prompt is sent again. */
  attachedBefore(turn: TurnRow): string | undefined
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
  /** All that are known, by server. A new one takes the place of one with the same server and identity. */
  mcpPins(): McpPin[]
  pinMcp(pin: McpPin): void
  /** Returns how many were forgotten. */
  unpinMcp(server: string): number
  /**
   * Opens an interrupted turn again whose call still waits for the person, or has an answer and did not run, or which
   * delegated what does; undefined where there is none. One that was taken up twice and not shown is left alone, unless it is done
   * `byHand`: it may be what the processes died of.
   */
  takeUpTurn(turnId: number, options?: {byHand?: boolean}): {turn: TurnRow; questions: QuestionRow[]} | undefined
  /** Whether `takeUpTurn` would open an interrupted turn; changes nothing. */
  turnWaits(turnId: number): boolean
  /** Closes, as interrupted, turns that a process which is gone left running, also of what it delegated; counts the death. Returns the session's own. */
  settleSession(key: string): TurnRow[]
  turn(sessionKey: string, promptId: string): TurnRow | undefined
  /** The turn to which the words of that id were said while it ran. What its journal alone has is not found. */
  steeredTurn(sessionKey: string, steerId: string): TurnRow | undefined
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
  /** Those whose title has all words of `part`, in any case, newest first. */
  sessionsLike(part: string, limit: number): SessionSummary[]
  /** The most recently active session that has a prompt; with `cwd` of those of that folder and of those without one. */
  mostRecent(cwd?: string): SessionSummary | undefined
  /** Keys of those among the newest sessions whose last reply was cut off, or waits for an answer; newest first. */
  unfinished(): string[]
  /** The first five prompts of a session, of each the beginning: what a title is made of. */
  firstPrompts(key: string): string[]
  /** Throws HermesError `store/title-taken`, `store/title-invalid` or `store/unknown-session`. */
  setTitle(key: string, title: string): void
  /** This, `endSession` and `reopenSession` do nothing where no such session is stored. */
  setModel(key: string, model: string): void
  /** How much the model is to think in a session; undefined: as it is configured. */
  /** JSON; null: none was stored. */
  shellState(key: string): string | null
  setShellState(key: string, state: string): void
  setEffort(key: string, effort: string | undefined): void
  setContext(key: string, context: ContextFill): void
  endSession(key: string, reason: string): void
  reopenSession(key: string): void
  /**
   * Copies a session, as it is shown, under a key that is new, in slices: one at each `next`. The copy is no session
   * before it is whole. A turn that runs is copied as interrupted; what the original has cost is not counted again.
   * Throws `store/unknown-session` or the errors of a title.
   */
  branchSession(key: string, branch: {key: string; title: string | null}): Generator<void, SessionRow>
  /**
   * A session piece by piece, as it is shown: without what was taken back, a turn that runs as if it ended now. Throws
   * `store/unknown-session`, also at the end of the entries where it was deleted meanwhile.
   */
  exportSession(key: string): {session: SessionHead; entries: Generator<SessionEntry>}
  /**
   * Stores a session under its key, which has to be new, in slices: one at each `next`. It is no session before it is
   * whole; where it fails or is given up nothing of it stays. A title that is taken gets a number. Throws
   * `store/session-exists`, and what reading `entries` throws.
   */
  importSession(session: SessionHead, entries: Iterable<SessionEntry>): Generator<void, SessionRow>
  deleteSession(key: string): boolean
  /** Takes the last turn back, and compactions that are of it: it is no longer shown or sent. Returns the number of messages. Throws `store/turn-state` while it runs. */
  undoLastTurn(key: string): number

  /** What is shown, in order, with the journal of a running turn folded in. */
  messages(key: string, newest?: number): MessageRow[]
  /** The same for a screen: `signed` and `attached` are null, and calls and tools have no arguments. */
  shownMessages(key: string, newest?: number): MessageRow[]
  messageCount(key: string): number
  /** What a model is to be told, with the journal of a running turn folded in. */
  context(key: string): StoredContext
  /** Stores a compaction, which holds from now on. */
  addCompaction(key: string, compaction: NewCompaction): CompactionRow
  /** Those that were not undone, oldest first. */
  compactions(key: string): CompactionRow[]
  /** Takes the last one back, so that the one before it holds; undefined where there is none. */
  undoCompaction(key: string): CompactionRow | undefined
  /** What is in an image; undefined where its file can't be read any more. */
  imageContent(file: string): Buffer | undefined
  /** Of so many newest images of a session those that are larger than providers take, oldest first. */
  largeImages(key: string, newest: number): LargeImage[]
  /** From here on that copy is sent wherever the file was; the file stays stored. */
  setScaled(file: string, scaled: Pick<NewImage, 'mediaType' | 'width' | 'height' | 'content'>): void
  /** Keeps an image for the next prompt, whatever becomes of this process. The session need not be stored yet. */
  keepAttached(key: string, image: NewImage): void
  /** Those that wait for the next prompt, in their order. A prompt that is begun with one of them takes it. */
  attachedImages(key: string): StoredImage[]
  dropAttached(key: string, label: string): void
  /** What a label stood for last in a session, also in a turn that was taken back. */
  labelledImage(key: string, label: string): StoredImage | undefined
  /** Of all turns and compactions, also those that were undone. */
  usage(key: string): Usages
  /** Of all sessions, also of deleted ones, from a time on (UTC epoch milliseconds): by local day, newest first, and model. */
  spending(since: number): DaySpent[]
  /**
   * Any text is a valid query: all its words must occur, the last one as a prefix, in the first million characters of a
   * message. Best match first.
   */
  search(query: string, limit: number): SearchHit[]

  /** Jobs of a session, oldest first. */
  jobs(key: string): JobRow[]
  /** One runs, or has ended and the model was not told of it. */
  hasOpenJobs(key: string): boolean
  /** Stores a job before it is started. The session has to be stored. */
  addJob(key: string, job: NewJob): JobRow
  changeJob(key: string, number: number, change: JobChange): void
  /** False: it had ended already, and stays as it did. */
  endJob(key: string, number: number, end: JobEnd): boolean

  owner(key: string): SessionOwner | undefined
  /** The session need not be stored yet. */
  setOwner(key: string, owner: SessionOwner | undefined): void

  /** What files were before each turn. */
  readonly checkpoints: CheckpointStore

  /** Sessions that work for another one. */
  readonly agents: AgentStore

  /** Removes what processes left behind that died, in slices: one at each `next`. Nothing of it is shown meanwhile. */
  tidy(): Generator<void>
  close(): void
}
