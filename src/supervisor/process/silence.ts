import {Heartbeat, type HeartbeatOptions} from './heartbeat.js'

/** Told after two of them: 9 s at most. Between two model calls the Python gateway may answer nothing for 2 s. */
const ASK_EVERY_MS = 3000
const MISSES = 2

export interface SilenceOptions extends Pick<HeartbeatOptions, 'now' | 'later' | 'ping' | 'facts'> {
  intervalMs?: number
  /** `stopped`: by a signal, as the system has it. */
  onSilent: (silentMs: number, stopped: boolean) => void
  onHeard: () => void
}

/**
 * Notices that a gateway without a heartbeat says nothing and answers nothing. It may do so for a while and be well, so
 * that it is told, and not ended.
 */
export class Silence {
  readonly #options: SilenceOptions
  #heartbeat: Heartbeat
  #silent = false

  constructor(options: SilenceOptions) {
    this.#options = options
    this.#heartbeat = this.#begin()
  }

  heard(): void {
    this.#heartbeat.heard()
    if (!this.#silent) return
    this.#silent = false
    this.#heartbeat = this.#begin()
    this.#options.onHeard()
  }

  stop(): void {
    this.#silent = false
    this.#heartbeat.stop()
  }

  #begin(): Heartbeat {
    const {now, later, ping, facts, intervalMs = ASK_EVERY_MS} = this.#options
    return new Heartbeat({
      firstMs: intervalMs,
      intervalMs,
      misses: MISSES,
      now,
      later,
      ping,
      facts,
      stack: async () => undefined,
      onHang: (silentMs, verdict) => {
        this.#silent = true
        this.#options.onSilent(silentMs, verdict === 'stopped')
      },
    })
  }
}
