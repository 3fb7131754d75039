import {randomHex} from '../platform.js'
import {eventSchemaVersion, type LifecycleDetails, type LifecycleEvent} from './events.js'
import type {ToolDetails, ToolEvent} from './tool-hooks/events.js'

export interface RecorderClock {
  /** UTC epoch, milliseconds. */
  now(): number
  /** Milliseconds that never go back. */
  monotonic(): number
}

export interface RecorderOptions {
  /** Called in this order with every event, before `record` returns. What one throws stops neither the others nor the caller. */
  listeners: readonly ((event: LifecycleEvent) => void)[]
  /** 8 hex digits; default random. */
  instance?: string
  /** Default the system's clock and `performance.now()`. */
  clock?: RecorderClock
  /** Told of what a listener threw. */
  onError?: (error: unknown) => void
}

export interface Recorder {
  /** This run of the program: 8 hex digits. */
  readonly instance: string
  /**
   * Stamps an event and hands it to every listener, before the act that it tells of. Never throws.
   * An event that a listener records comes after the one it is handling. What is recorded while
   * such an event is handed out is refused: a listener that answers every event with another one
   * would never end. False for a refused event.
   */
  record(details: LifecycleDetails): boolean
  /** What is told to hooks and is no part of the lifecycle, with the same stamps. */
  stamp(details: ToolDetails): ToolEvent
}

const systemClock: RecorderClock = {now: Date.now, monotonic: () => performance.now()}

export function createRecorder(options: RecorderOptions): Recorder {
  const {listeners, clock = systemClock, onError = () => {}, instance = randomHex(4)} = options
  const nested: LifecycleEvent[] = []
  let depth = 0

  function handOut(event: LifecycleEvent): void {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        try {
          onError(error)
        } catch {
          // Nobody is left to tell.
        }
      }
    }
  }

  const stamp = () => ({
    schemaVersion: eventSchemaVersion,
    time: clock.now(),
    monotonic: clock.monotonic(),
    instance,
  })

  return {
    instance,
    stamp: (details) => ({...details, ...stamp()}),
    record(details) {
      if (depth > 1) return false
      const event: LifecycleEvent = {...details, ...stamp()}
      if (depth === 1) {
        nested.push(event)
        return true
      }
      depth = 1
      handOut(event)
      depth = 2
      for (let next = nested.shift(); next; next = nested.shift()) handOut(next)
      depth = 0
      return true
    },
  }
}
