import type {LifecycleEvent} from '../lifecycle/events.js'
import {createRecorder, type Recorder, type RecorderClock} from '../lifecycle/recorder.js'

/** How many events stay in memory. */
const RING_SIZE = 200

export interface Lifecycle extends Recorder {
  /** The last 200 events, oldest first. */
  recent(): readonly LifecycleEvent[]
}

export interface LifecycleOptions {
  /** Called with every event, before the act that it tells of. */
  onEvent?: (event: LifecycleEvent) => void
  clock?: RecorderClock
  instance?: string
}

/** The recorder of one run of the chat: it keeps the last events and hands each on. */
export function createLifecycle({onEvent, ...options}: LifecycleOptions = {}): Lifecycle {
  const ring: LifecycleEvent[] = []
  const keep = (event: LifecycleEvent) => {
    ring.push(event)
    if (ring.length > RING_SIZE) ring.shift()
  }
  const recorder = createRecorder({...options, listeners: onEvent ? [keep, onEvent] : [keep]})
  return {...recorder, recent: () => [...ring]}
}
