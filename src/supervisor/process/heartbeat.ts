import {untilMultiple} from '../../together.js'
import type {ProcessFacts} from './process-facts.js'

/**
 * Tells a stuck gateway from a slow one. Slow is never a verdict: a gateway whose event loop turns
 * answers its pings, whatever its model or tools do.
 */

/** The pure part: what one beat knows of the beats before it. Times are monotonic milliseconds. */
export interface Pulse {
  readonly beatAt: number
  /** When the first ping was sent that has had no sign of life since. */
  readonly silentSince: number
  readonly unanswered: number
}

export const firstPulse = (now: number): Pulse => ({beatAt: now, silentSince: now, unanswered: 0})

/** One beat. A beat of ours that comes late (a suspended laptop, a starved machine) proves nothing about the gateway. */
export function beat(pulse: Pulse, now: number, heard: boolean, intervalMs: number): Pulse {
  const late = now - pulse.beatAt > 1.5 * intervalMs
  if (late || heard) return firstPulse(now)
  return {beatAt: now, silentSince: pulse.silentSince, unanswered: pulse.unanswered + 1}
}

export type Verdict = 'stopped' | 'unresponsive' | 'alive'

/**
 * Judges a silent process by what the system says of it. `before` is from when the silence began;
 * both are undefined where the system says nothing.
 */
export function judge(silentMs: number, before: ProcessFacts | undefined, after: ProcessFacts | undefined): Verdict {
  switch (after?.state) {
    case 'T':
      return 'stopped'
    // A debugger holds it; it waits for the disk, where no signal reaches it; it has ended already.
    case 't':
    case 'D':
    case 'Z':
    case 'X':
      return 'alive'
    case 'R': {
      // It wants to run and hardly may: a ping takes it less than a millisecond.
      const ran = before ? after.cpuMs - before.cpuMs : silentMs
      return ran < silentMs * 0.02 ? 'alive' : 'unresponsive'
    }
    default:
      return 'unresponsive'
  }
}

/** From here on beats fire together with other timers, milliseconds: half of a shorter one is no time. */
const TOGETHER_MS = 1000

/**
 * Milliseconds to the next beat, at a multiple of the interval as soon as it can be: never much sooner than an interval,
 * which would judge the gateway early, nor so late that it would count as a beat that came late.
 */
export function untilBeat(intervalMs: number, now: number = performance.now()): number {
  if (intervalMs < TOGETHER_MS) return intervalMs
  const left = untilMultiple(intervalMs, now)
  if (left >= 0.95 * intervalMs) return left
  return left <= 0.4 * intervalMs ? intervalMs + left : 1.4 * intervalMs
}

/** What opens the session goes before the first ping, and is not made to wait 2 ms for its answer. */
const FIRST_PING_AFTER_MS = 200

export interface HeartbeatOptions {
  /** From the start to the first ping; default 200 ms. */
  firstMs?: number
  intervalMs: number
  misses: number
  now: () => number
  /** Calls it once, so many milliseconds later, and returns what calls it off. Default: a timer that keeps no process. */
  later?: (ms: number, call: () => void) => () => void
  ping: () => void
  facts: () => ProcessFacts | undefined
  /** What it is doing, for the record: the last look before the verdict, which may take its time. Never rejects. */
  stack: (verdict: 'stopped' | 'unresponsive') => Promise<string | undefined>
  onHang: (silentMs: number, verdict: 'stopped' | 'unresponsive', stack: string | undefined) => void
}

function timer(ms: number, call: () => void): () => void {
  const timeout = setTimeout(call, ms)
  timeout.unref()
  return () => clearTimeout(timeout)
}

/** Beats until it is stopped or has told of a hang. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #later: (ms: number, call: () => void) => () => void
  #pulse: Pulse
  #heard = false
  #before: ProcessFacts | undefined
  #callOff: () => void
  #stopped = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#pulse = firstPulse(options.now())
    this.#later = options.later ?? timer
    this.#callOff = this.#later(options.firstMs ?? FIRST_PING_AFTER_MS, () => this.#begin())
  }

  /** Anything that came from the process is a sign of life. */
  heard(): void {
    this.#heard = true
  }

  stop(): void {
    this.#stopped = true
    this.#callOff()
  }

  #begin(): void {
    this.#pulse = firstPulse(this.#options.now())
    this.#send()
  }

  #send(): void {
    if (this.#pulse.unanswered === 0) this.#before = this.#options.facts()
    this.#options.ping()
    this.#callOff = this.#later(untilBeat(this.#options.intervalMs), () => this.#beat())
  }

  #beat(): void {
    const {now, intervalMs, misses} = this.#options
    this.#pulse = beat(this.#pulse, now(), this.#heard, intervalMs)
    this.#heard = false
    if (this.#pulse.unanswered < misses) {
      this.#send()
      return
    }
    // Timers run before input is read: whatever may be a sign of life is read first.
    setImmediate(() => setImmediate(() => void this.#conclude()))
  }

  async #conclude(): Promise<void> {
    if (this.#stopped) return
    const {now, facts, stack, onHang} = this.#options
    const silentMs = now() - this.#pulse.silentSince
    const verdict = this.#heard ? 'alive' : judge(silentMs, this.#before, facts())
    const seen = verdict === 'alive' ? undefined : await stack(verdict)
    // It may have died meanwhile, or gone on.
    if (this.#stopped) return
    if (verdict === 'alive' || this.#heard) {
      this.#send()
      return
    }
    this.stop()
    onHang(Math.round(silentMs), verdict, seen)
  }
}
