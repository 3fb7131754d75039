import type {Socket} from 'node:net'
import type {KillReason, LifecycleDetails, LifecycleEvent} from '../lifecycle/events.js'
import type {GatewayEvent} from '../protocol/events.js'
import type {SessionOpened} from '../protocol/methods.js'
import type {AskId} from '../protocol/requests.js'
import type {Confidence} from './death/cause.js'
import type {UsedSession} from './wire/last-used.js'

/** Why the program ends its gateway, and itself. */
export type CloseReason = Extract<KillReason, 'quit' | 'parent-signal' | 'memory' | 'crash'>

/** What the person asked for. After the first confirmed create or resume it is always a key. */
export type SessionTarget =
  | {kind: 'new'; title?: string; model?: string}
  /**
   * Most recent session of this folder; a new one when there is none. `unfinished`: a session of any folder that waits or
   * was cut off comes first. Of a gateway that tells no folders the most recent one.
   */
  | {kind: 'latest'; model?: string; unfinished?: boolean}
  /** Durable key or exact title. `takeOver`: also from another live gateway that has it open (4091 otherwise). */
  | {kind: 'stored'; key: string; model?: string; takeOver?: boolean}
  /** A copy of the session with that key, title or live id, to go on in. */
  | {kind: 'branch'; key: string; name?: string; model?: string}

export interface RecoveryPolicy {
  /** Respawns in `windowMs`; default 3 in 60 000. */
  limit: number
  windowMs: number
  /** Respawns in `longWindowMs`; default 10 in 1 800 000. */
  longLimit: number
  longWindowMs: number
  /** Pause before attempt 1, 2, …; the last one repeats. Default [0, 250, 1000], each ±20 %. */
  backoffMs: readonly number[]
  /** The back-off starts over after this time alive and ready; default 30 000. */
  stableMs: number
}

export interface GatewayPolicy {
  /** Program and arguments. */
  command: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** Added to it for a gateway that follows one which ended by a fault of its own. */
  envAfterCrash?: Record<string, string> | undefined
  /** Default 15 000; expiry is a death. */
  startupTimeoutMs: number
  /** SIGTERM to SIGKILL; default 1500. */
  killGraceMs: number
  /** Default 120 000. */
  requestTimeoutMs: number
  /** Interval of `gateway.ping` and how many may stay unanswered; 1000 and 3. */
  heartbeatMs: number
  heartbeatMisses: number
  /** Keep a second, idle gateway; only for one that advertises `standby`. */
  standby: boolean
}

/** A gateway that works without a terminal, and has answered: it is used in place of the first one that would be started. */
export interface AdoptedGateway {
  pid: number
  birth?: string | undefined
  boot?: string | undefined
  /** Paused. */
  socket: Socket
  /** How long nobody was there, milliseconds. */
  awayMs: number
  /** Of the settings and flags that it was started with; two that are the same work by the same. */
  works?: string | undefined
  /** What it said of its end, asked when it is gone; default nothing is known. */
  end?: () => Promise<{code: number | null; signal: NodeJS.Signals | null; stderrTail: readonly string[]}>
  /** It is another one's: we see what he sees, and change nothing. */
  watched?: boolean
}

export interface ExitReport {
  generation: number
  pid: number | undefined
  code: number | null
  signal: NodeJS.Signals | null
  expected: boolean
  /** `external-sigkill`, `native-crash:SIGSEGV`, `spawn-failed:ENOENT`, … (decision order of the crash forensics). */
  cause: string
  /** One line for the person: `killed by SIGKILL`, `exited with code 1: TypeError: …`. */
  summary: string
  retriable: boolean
  remedy: string | undefined
  confidence: Confidence
  stderrTail: readonly string[]
}

/** What the screen shows; derived from the machine's state, never latched beside it. */
export interface SupervisorView {
  phase: 'idle' | 'starting' | 'resuming' | 'live' | 'backoff' | 'exhausted' | 'closing' | 'closed'
  /** True from a death until the resume is confirmed, refused (`problem`) or given up (phase `exhausted`). */
  recovering: boolean
  /** Current attempt and the budget, while recovering. */
  attempt: number
  limit: number
  generation: number
  pid: number | undefined
  /** Where prompts go. Undefined from the moment of a death, and while another session is being opened. */
  session: {liveId: string; key: string | undefined} | undefined
  capabilities: ReadonlySet<string>
  /** The gateway is another one's; what is seen of it is for reading. */
  watched?: boolean | undefined
  /** The gateway, one without a heartbeat, answers nothing: since when (UTC, milliseconds), and whether a signal stopped it. */
  silence?: {since: number; stopped: boolean} | undefined
  lastExit: ExitReport | undefined
  /**
   * Why the last create or resume was refused: the stored session is unknown, open elsewhere, … With
   * `session` set it was `open()` that was refused, and the session before it goes on. `data` is what
   * the gateway told beside the message. `recover()` tries again where there is no session.
   */
  problem: {code: number; message: string; data?: Record<string, unknown>} | undefined
}

export interface SupervisorEvents {
  view: (view: SupervisorView) => void
  /** Events of the live session and of the gateway as a whole, in order. Never of an older generation. */
  event: (event: GatewayEvent) => void
  /**
   * A create or resume was confirmed. `recovered`: after a death, for the same session; `downtimeMs` is the time from
   * the death, as it is recorded.
   */
  session: (opened: SessionOpened, how: 'created' | 'resumed' | 'recovered', downtimeMs?: number) => void
  /** A child that was not meant to end has ended; its last output has been delivered already. */
  death: (exit: ExitReport) => void
  stderr: (line: string) => void
}

export interface Supervisor {
  readonly view: SupervisorView
  on<E extends keyof SupervisorEvents>(event: E, listener: SupervisorEvents[E]): () => void
  start(target: SessionTarget): void
  /** Leaves the current session and opens another in the same gateway. */
  open(target: SessionTarget): void
  /**
   * Calls a method of the live gateway. Rejects with a RequestError: `code` of the wire, or
   * `gateway-gone` / `timeout`. Never starts a gateway. `timeoutMs`: for what takes longer than `gateway.requestTimeoutMs`.
   */
  request(method: string, params?: Record<string, unknown>, timeoutMs?: number): Promise<Record<string, unknown>>
  /**
   * Answers a request of the live gateway (`gateway.request`), once. False where it is not open any more: it was
   * answered, withdrawn, or asked by a gateway that is gone.
   */
  answer(id: AskId, result: Record<string, unknown>): Promise<boolean>
  /**
   * Leaves this gateway for another one, and opens `target` there; `adopt`: one that runs, default one that is started. The
   * one that is left is ended in order, unless it is watched only.
   */
  move(target: SessionTarget, adopt?: AdoptedGateway): void
  /** The person's own attempt after the budget is spent. */
  recover(): void
  /** Ends this gateway and starts another on the same session; no crash, no budget. */
  restart(reason: string): void
  /** Other policies from now on; the gateway that runs keeps those that it was started with. Costs nothing. */
  configure(policies: SupervisorPolicies): void
  /** Orderly end: intent, shutdown request, SIGTERM, SIGKILL, all awaited. Never rejects. */
  /** `detach`: a gateway that has something to do, and can, works on without us. Resolves to whether it does. */
  close(reason: CloseReason, options?: {detach?: boolean}): Promise<{stays: boolean}>
  /** Synchronous last resort before this process exits: SIGKILL to the child's group. */
  killNow(): void
}

/** A frame without its contents. */
export interface FrameNote {
  /** True: to the gateway. */
  sent: boolean
  /** Method or type of event; `result`, `error`, `malformed`. */
  name: string
  /** Of a request and its response. */
  id: string | undefined
  bytes: number
}

export interface SupervisorPolicies {
  gateway: GatewayPolicy
  recovery: RecoveryPolicy
}

/** The terminal of a program that has set modes of it: a guard takes them back when the program is killed. */
export interface GuardedTerminal {
  /** A descriptor that writes to it. */
  readonly fd: number
  /**
   * Control sequences without a space that take the modes back; undefined while none are set. `atOnce`: what no shell
   * minds that has written its prompt meanwhile; `later`: what is only for one that does not set its own modes.
   */
  readonly undo: {atOnce: string; later: string} | undefined
  /** `undo` has changed. One listener. */
  onChange(listener: () => void): void
}

export interface SupervisorOptions extends SupervisorPolicies {
  /** Beginning of the files by which a gateway says that it outlives this program; default: none does. */
  verdicts?: string | undefined
  /** Default: one is started. */
  adopt?: AdoptedGateway | undefined
  /** Width for create and resume, columns. */
  cols: () => number
  /** Called synchronously, before the act that it tells of. */
  record: (event: LifecycleDetails) => void
  /** Called with each frame that is sent or received. */
  frame?: (generation: number, frame: FrameNote) => void
  /** What earlier runs had open, for `latest` with a gateway that does not know which session was used last. */
  used?: readonly UsedSession[]
  /** What is in flight, for exit records; asked at death. */
  inFlight?: () => {promptId: string | undefined; replyChars: number; openTools: number} | undefined
  /** Put right when this process is killed while it has a gateway. */
  terminal?: GuardedTerminal | undefined
}

export type {LifecycleEvent}
