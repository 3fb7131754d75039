import type {InFlight, KillReason, LifecycleDetails} from '../../lifecycle/events.js'
import type {SessionOpened} from '../../protocol/methods.js'
import type {CloseReason, ExitReport, GatewayPolicy, RecoveryPolicy, SupervisorView} from '../types.js'
import type {RequestErrorCode} from '../wire/request-error.js'
import type {Budget} from './budget.js'

/** The vocabulary of the supervisor's state machine. All times are monotonic milliseconds. */

export interface MachinePolicy {
  gateway: Pick<GatewayPolicy, 'command' | 'cwd' | 'startupTimeoutMs' | 'killGraceMs' | 'standby'>
  recovery: RecoveryPolicy
}

/** A gateway process, from the decision to spawn it until its exit has been read to the end. */
export interface ChildState {
  readonly generation: number
  readonly standby: boolean
  readonly pid: number | undefined
  readonly spawnedAt: number
  readonly readyAt: number | undefined
  readonly capabilities: ReadonlySet<string>
  /** Set before it is told to end; what follows is no surprise. */
  readonly intent: {reason: KillReason; evidence?: string; detach?: boolean} | undefined
  readonly silence: SupervisorView['silence']
  /** Another one's: its end is no death of ours. */
  readonly watched?: boolean
  /** How far the kill ladder has come. */
  readonly rung: 'asked' | 'terminated' | 'killed' | 'abandoned' | undefined
}

/** What recovery resumes; replaced only by a session that was opened. */
export type Target =
  | {readonly kind: 'new'; readonly title?: string; readonly model?: string}
  | {readonly kind: 'latest'; readonly model?: string; readonly unfinished?: boolean}
  | {readonly kind: 'branch'; readonly key: string; readonly name?: string; readonly model?: string}
  | {
      readonly kind: 'stored'
      readonly key: string
      readonly model?: string
      /** It was watched until its gateway ended: it is opened when the person says so. */
      readonly asks?: true | undefined
      /** Once: a session that is taken from us later is not taken back by a recovery. */
      readonly takeOver?: boolean
      /** A session of ours in which nothing was said yet has no row: when it is unknown, one like it is created. */
      readonly blank?: {
        readonly title?: string
        readonly model?: string
        /** The model that the gateway says it has. */
        readonly shown?: string
      }
    }

export interface Session {
  readonly liveId: string
  readonly key: string | undefined
}

/** From a death until the resume is confirmed. */
export interface Outage {
  readonly since: number
  readonly attempt: number
  readonly limit: number
  /** The person's own attempt: one, outside the budget. */
  readonly granted: boolean
}

export interface MachineState {
  readonly policy: MachinePolicy
  readonly phase: SupervisorView['phase']
  /** Of the process that was spawned last. */
  readonly generation: number
  readonly child: ChildState | undefined
  readonly standby: ChildState | undefined
  /** Standby deaths since a session was live; bounds its refills. */
  readonly standbyDeaths: number
  readonly target: Target | undefined
  /** The target was opened at least once. Until then it is what was asked for at the start. */
  readonly confirmed: boolean
  readonly session: Session | undefined
  /** Another session that the person asked for and that is not confirmed. */
  readonly wish: Target | undefined
  /** The create or resume that is under way; `target` is what it is for. */
  readonly opening: {readonly seq: number; readonly target: Target; readonly wished: boolean} | undefined
  readonly seq: number
  /** This gateway tells the session key in `session.info`. */
  readonly tellsKey: boolean
  readonly budget: Budget
  readonly outage: Outage | undefined
  readonly lastExit: ExitReport | undefined
  readonly problem: SupervisorView['problem']
}

export type OpenCall =
  /** `key`: the one that a session like it had, for a gateway that can give it the same. */
  | {method: 'create'; title: string | undefined; model: string | undefined; key?: string}
  | {method: 'resume'; key: string; model: string | undefined; takeOver?: true}
  | {method: 'branch'; key: string; name: string | undefined; model: string | undefined}
  | {method: 'most-recent'; unfinished: boolean}

export type TimerName = 'startup' | 'ladder' | 'backoff' | 'standby'

/** How a process ended, as it was seen; `spawnError` when there never was one. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  spawnError: {errno: string | undefined; message: string; cwdMissing: boolean} | undefined
  stderrTail: readonly string[]
  oomKills: number | undefined
  inFlight: InFlight | undefined
}

export type MachineEvent =
  | {type: 'start'; target: Target}
  | {type: 'open'; target: Target}
  | {type: 'recover'}
  | {type: 'restart'; reason: string}
  /** Another gateway is to be used, for another session or the same. */
  | {type: 'move'; target: Target}
  /** The configuration was changed: it holds for what comes, and costs no gateway its life. */
  | {type: 'configure'; policy: MachinePolicy}
  /** `detach`: what has something to do works on without us, where it can. */
  | {type: 'close'; reason: CloseReason; detach?: boolean}
  /** Every process dies at once: the program itself is about to end. */
  | {type: 'kill-now'}
  /** `begunAt`: when it was started, which is told later: it works meanwhile. `adopted`: it ran before us. */
  | {
      type: 'spawned'
      generation: number
      pid: number
      begunAt?: number | undefined
      adopted?: {awayMs: number; watched: boolean}
    }
  /** It works on without us. */
  | {type: 'let-go'; generation: number}
  /** It works on for another one, who has taken it over. */
  | {type: 'released'; generation: number}
  | {type: 'ready'; generation: number; version: string | undefined; capabilities: ReadonlySet<string>}
  | {type: 'most-recent'; generation: number; seq: number; key: string | undefined}
  | {type: 'opened'; generation: number; seq: number; how: 'created' | 'resumed'; opened: SessionOpened}
  | {
      type: 'open-failed'
      generation: number
      seq: number
      code: RequestErrorCode
      message: string
      data?: Record<string, unknown>
    }
  /** The gateway took a prompt: from now on the session has a row. */
  | {type: 'prompted'; generation: number; liveId: string}
  | {type: 'turn-ended'; generation: number; liveId: string}
  /** `told`: by the gateway itself, so that nobody need ask it after each turn. */
  | {type: 'key'; generation: number; liveId: string; key: string; told: boolean; model?: string}
  | {
      type: 'hang'
      generation: number
      silentMs: number
      evidence: 'stopped' | 'unresponsive'
      stack: string | undefined
    }
  /** It answers nothing, or does so again (undefined). */
  | {type: 'silent'; generation: number; silence: SupervisorView['silence']}
  | {type: 'protocol-error'; generation: number; detail: string}
  /** It lives, and has closed its output. */
  | {type: 'output-ended'; generation: number}
  /** `random` in [0, 1) is the jitter of the back-off. */
  | {type: 'ended'; generation: number; ending: Ending; random: number}
  | {type: 'timer'; timer: TimerName; generation: number}

export type Effect =
  | {type: 'record'; details: LifecycleDetails}
  | {type: 'spawn'; generation: number; standby: boolean}
  /** The shutdown request where `request`, else the end of its stdin. */
  | {type: 'ask-to-end'; generation: number; request: boolean; reason: string}
  /** Asked to work on without us; where it does not, to end in order. */
  | {type: 'ask-to-detach'; generation: number; reason: string}
  /** SIGTERM goes to the process (with SIGCONT), SIGKILL to its group. */
  | {type: 'signal'; generation: number; signal: 'SIGTERM' | 'SIGKILL'}
  | {type: 'timer'; timer: TimerName; generation: number; ms: number}
  | {type: 'cancel'; timer: TimerName; generation: number}
  | {type: 'open'; generation: number; seq: number; call: OpenCall}
  /** Closes a session that was left; its outcome is not awaited. */
  | {type: 'leave'; generation: number; liveId: string}
  | {type: 'ask-key'; generation: number; liveId: string}
  /** Heartbeats begin for this process. */
  | {type: 'watch'; generation: number; pid: number | undefined}
  | {type: 'session'; opened: SessionOpened; how: 'created' | 'resumed' | 'recovered'; downtimeMs?: number}
  /** The open under way failed and the session before it is current again. */
  | {type: 'stay'; liveId: string | undefined}
  | {type: 'death'; exit: ExitReport}
  | {type: 'closed'}

export interface Step {
  state: MachineState
  effects: readonly Effect[]
}
