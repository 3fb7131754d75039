import type {EndSignal} from '../platform.js'

/** The lifecycle of gateways and of the program that supervises them. All times are UTC milliseconds. */

/**
 * The shape of events. It grows when a field or a type is taken away or means something else; what is added leaves it as
 * it is.
 */
export const eventSchemaVersion = 1

export interface LifecycleBase {
  /** {@link eventSchemaVersion} of the hermes that tells it. */
  schemaVersion: number
  /** UTC epoch, milliseconds. */
  time: number
  /** Monotonic clock of this process, milliseconds; orders events across clock jumps. */
  monotonic: number
  /** One run of the supervising program: 8 hex digits. */
  instance: string
  /** Counts the gateway processes of this run from 1; 0 before the first. */
  generation: number
  /** Process id of the gateway, where there is one. */
  pid: number | undefined
  /** Durable session key, once known. */
  sessionKey: string | undefined
}

export type KillReason =
  | 'quit'
  | 'replace'
  | 'hang'
  | 'startup-timeout'
  | 'parent-signal'
  | 'memory'
  | 'protocol'
  /** The screen of hermes itself could not go on. */
  | 'crash'

export interface InFlight {
  /** Undefined where the gateway does not know such ids. */
  promptId: string | undefined
  /** Characters of the reply that were shown. */
  replyChars: number
  /** Tools that were running: a count. */
  openTools: number
}

export type LifecycleEvent = LifecycleBase &
  (
    | {
        type: 'spawn'
        /** Program and arguments. */
        command: readonly string[]
        /** Absolute path. */
        cwd: string
        /** It waits until the one that is used dies. */
        standby: boolean
      }
    | {
        type: 'spawn-failed'
        /** Name of the system's error, `ENOENT`. */
        errno: string | undefined
        message: string
      }
    | {
        type: 'ready'
        /** From its start to `gateway.ready`, milliseconds. */
        startupMs: number
        /** What the gateway says of itself. */
        version: string | undefined
      }
    | {
        type: 'exit'
        /** Exit code, 0 to 255; null when a signal ended it. */
        code: number | null
        /** Null when it ended by itself. */
        signal: NodeJS.Signals | null
        /** True when an intent (quit, replace, kill) was recorded for this generation before it died. */
        expected: boolean
        /** `external-sigkill`, `js-heap-oom`, …; all are in docs/doctor.md. */
        cause: string
        /** How sure it is; docs/doctor.md says what each means. */
        confidence: 'certain' | 'likely' | 'unknown'
        /** From its start, milliseconds. */
        uptimeMs: number
        /** The reply that ran; undefined when none did. */
        inFlight: InFlight | undefined
        /** Last lines of stderr, oldest first. */
        stderrTail: readonly string[]
      }
    /** A gateway that worked without a terminal is used: nobody was there for `awayMs` milliseconds. */
    | {type: 'attach'; awayMs: number}
    /** It works on without us. */
    | {type: 'detach'}
    /** hermes ends in order. Told to plugins alone, as the last; generation, pid and key are those of the event before. */
    | {
        type: 'end'
        /** From now on, milliseconds: a hook for it may take as long, and what is then left of the plugin is cut off. */
        deadlineMs: number
      }
    /** A question waits for the person. `attended` false: no terminal is there, the gateway has it rung. */
    | {
        type: 'waiting'
        /** What is asked: `approval`, `clarify`, `sudo`, `secret`, … */
        question: string
        attended: boolean
      }
    /** `signal` null: asked to end in order, by `gateway.shutdown` or the end of its stdin. */
    | {type: 'kill'; reason: KillReason; signal: NodeJS.Signals | null}
    /** A gateway that lives is ended for a new one. */
    | {type: 'replace'; reason: string}
    /** It was not ready after `timeoutMs` milliseconds. */
    | {type: 'startup-timeout'; timeoutMs: number}
    /** No sign of life for `silentMs` milliseconds; `stack`: where it is stuck, if it can be told. */
    | {type: 'hang'; silentMs: number; stack: string | undefined}
    | {
        type: 'recover'
        /** `renewed`: nothing had been said in the session, and a new one took its place. */
        outcome: 'attempt' | 'resumed' | 'renewed' | 'failed' | 'exhausted'
        /** Counts from 1; 0 when none was made. */
        attempt: number
        /** As many attempts as there may be within `windowMs` (milliseconds). */
        limit: number
        windowMs: number
        /** From the death to the outcome, milliseconds. */
        downtimeMs: number
        /** Cause of the death, or why it failed. */
        reason: string | undefined
      }
    /** hermes itself got a signal, and ends. */
    | {type: 'signal'; signal: EndSignal}
    /** What came was no frame of the protocol. */
    | {type: 'protocol-error'; detail: string}
    /** The gateway has closed its output and lives on. */
    | {type: 'transport-end'}
    /** hermes itself is about to run out of memory: `critical` is followed by its orderly end. */
    | {
        type: 'memory-warning' | 'memory-critical'
        /** Which limit is near: the cgroup's for the whole process, or V8's for its heap. */
        limit: 'cgroup' | 'heap'
        limitBytes: number
        /** What counts against it, bytes: of the whole cgroup, or of the heap. */
        usedBytes: number
        rssBytes: number
        heapBytes: number
      }
    /** An error in hermes itself that nothing caught, or that its screen can't go on after: it ends. */
    | {
        type: 'uncaught'
        origin: 'exception' | 'rejection' | 'screen'
        name: string
        message: string
        stack: string | undefined
      }
    /** An earlier run of hermes ended without a word, by its run file. Generation, pid and key are those of its gateway. */
    | {
        type: 'vanished'
        /** `instance` of that run. */
        run: string
        /** Its process id. */
        runPid: number
        /** UTC epoch, milliseconds. */
        startedAt: number
        /** UTC epoch, milliseconds: when it last wrote its run file. */
        lastSeen: number
        /** The system was started anew since: nobody killed it. Undefined where the system does not tell. */
        rebooted: boolean | undefined
        /** Its memory when it was last seen, bytes. */
        rssBytes: number | undefined
        heapBytes: number | undefined
        /** Kills by the kernel for want of memory in its cgroup since it started; undefined where they are not counted. */
        oomKills: number | undefined
        /** Node's report of its fatal error. */
        report: string | undefined
        /** What that report calls the error. */
        fatalError: string | undefined
      }
    /** A hook of a plugin failed. Told to the built-in plugins alone: others can't answer each other's failures. */
    | {
        type: 'plugin-error'
        plugin: string
        /** `gateway:exit`; undefined when the plugin's process died between two hooks. */
        hook: string | undefined
        /** `threw`, `timeout`, `crashed`, …; all kinds are in docs/plugins.md. */
        kind: string
        message: string
        /** True when the plugin is switched off for the rest of the session. */
        disabled: boolean
      }
  )

export type LifecycleEventType = LifecycleEvent['type']

/** What a producer supplies; the recorder adds version, time, monotonic clock and instance. */
export type LifecycleDetails = LifecycleEvent extends infer E
  ? E extends LifecycleEvent
    ? Omit<E, 'schemaVersion' | 'time' | 'monotonic' | 'instance'>
    : never
  : never
