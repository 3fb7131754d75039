import type {GatewayEvent} from '../../protocol/events.js'

/** More than a session sends before it is opened; a bound against a gateway that never answers. */
const MAX_HELD = 20_000

/**
 * Lets through what belongs to the session on screen. While a session is being opened nobody knows
 * its live id yet, and its first events come before the answer that tells it: they wait.
 */
export class SessionFilter {
  #held: GatewayEvent[] = []

  /** An event of a session is held while one is being opened; undefined: not let through now. */
  take(event: GatewayEvent, liveId: string | undefined, opening: boolean): GatewayEvent | undefined {
    if (event.sessionId === undefined) return event
    if (opening) {
      if (this.#held.length < MAX_HELD) this.#held.push(event)
      return undefined
    }
    return event.sessionId === liveId ? event : undefined
  }

  /** What was held for the session that is now open; the rest is dropped. */
  release(liveId: string | undefined): GatewayEvent[] {
    const held = this.#held
    this.#held = []
    return held.filter((event) => event.sessionId === liveId)
  }
}
