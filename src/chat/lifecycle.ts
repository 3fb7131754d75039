import {randomBytes} from 'node:crypto'
import type {LifecycleDetails, LifecycleEvent} from '../lifecycle/events.js'

/** How many events stay in memory for the screen. */
const RING_SIZE = 200

export interface Lifecycle {
  /** This run of the program: 8 hex digits. */
  readonly instance: string
  /** Stamps an event and hands it on, before the act that it tells of. Never throws. */
  record(details: LifecycleDetails): void
  /** The last 200 events, oldest first. */
  recent(): readonly LifecycleEvent[]
}

export interface LifecycleOptions {
  /** Called synchronously with every event. What it throws is dropped: a listener must not stop a recovery. */
  onEvent?: (event: LifecycleEvent) => void
  /** UTC milliseconds; default the system's clock. */
  now?: () => number
  /** Milliseconds that never go back; default `performance.now`. */
  monotonic?: () => number
  instance?: string
}

export function createLifecycle({
  onEvent,
  now = Date.now,
  monotonic = () => performance.now(),
  instance = randomBytes(4).toString('hex'),
}: LifecycleOptions = {}): Lifecycle {
  const ring: LifecycleEvent[] = []
  return {
    instance,
    record(details) {
      const event: LifecycleEvent = {...details, time: now(), monotonic: monotonic(), instance}
      ring.push(event)
      if (ring.length > RING_SIZE) ring.shift()
      try {
        onEvent?.(event)
      } catch {
        // See onEvent.
      }
    },
    recent: () => [...ring],
  }
}
