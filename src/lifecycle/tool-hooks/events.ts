import type {LifecycleBase} from '../events.js'

/**
 * What a turn does, for the hooks of tools and turns alone: not part of the gateway's lifecycle, and never in the crash
 * log. `pid` and `generation` are those of the gateway that the turn runs in.
 */
export type ToolEvent = LifecycleBase &
  (
    | {
        type: 'tool-before'
        /** Of the model: tells calls of one turn apart. */
        toolId: string
        /** `terminal`, `edit_file`, `mcp__server__tool`, … */
        name: string
        /** As the model wrote them, secrets too. */
        args: unknown
        /** Of the arguments, at most 80 characters. */
        preview: string
        /** Working directory of the session, absolute. */
        cwd: string
        /** Of the turn. */
        promptId: string
      }
    | {
        type: 'tool-after'
        toolId: string
        name: string
        /** Undefined where its gateway does not tell them. */
        args: unknown
        preview: string
        /** `denied`: it did not run; `unknown`: its process ended while it ran; `asked`, `not-started`: the turn ended before it. */
        state: 'complete' | 'denied' | 'unknown' | 'asked' | 'not-started'
        /** It ran, told of no error, and no exit code but 0. */
        ok: boolean
        /** Milliseconds, without the time in which a person or a hook was asked; undefined where it did not run. */
        durationMs: number | undefined
        /** What it said, or why it failed: one line of at most 500 characters. */
        summary: string
      }
    | {
        type: 'turn-end'
        /** Undefined where its gateway does not tell it. */
        promptId: string | undefined
        status: 'complete' | 'interrupted' | 'error'
        /** Why the reply is not whole: `step-limit`, `length`, …; undefined where it is, or nobody knows. */
        stopReason: string | undefined
        /** Model steps; undefined where its gateway does not tell them. */
        steps: number | undefined
        /** Calls of tools that ended in it, those that were denied included. */
        tools: number
        /** From its begin, as the screen saw it, milliseconds. */
        durationMs: number
      }
  )

export type ToolEventType = ToolEvent['type']

/** What a producer supplies; version, time, monotonic clock and instance are added. */
export type ToolDetails = ToolEvent extends infer E
  ? E extends ToolEvent
    ? Omit<E, 'schemaVersion' | 'time' | 'monotonic' | 'instance'>
    : never
  : never
