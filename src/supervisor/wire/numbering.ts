import type {GatewayEvent} from '../../protocol/events.js'

/**
 * How far the events of the session on screen were told. A gateway numbers them (`seq`) and names its numbering by an
 * epoch: with the same epoch a gateway that comes back is the same one, and can tell what was missed.
 */
export class Numbering {
  #epoch: string | undefined
  readonly #epochs = new Map<number, string | undefined>()
  #liveId: string | undefined
  #last = 0

  /** A gateway is ready, and has told its epoch if it has one. */
  ready(generation: number, epoch: string | undefined): void {
    this.#epochs.set(generation, epoch)
    // A standby is ready beside the one that works.
    for (const old of this.#epochs.keys()) if (old < generation - 1) this.#epochs.delete(old)
  }

  /** The last number that was told of this session, if it can be asked for what came since. */
  resumable(generation: number, liveId: string): number | undefined {
    const epoch = this.#epochs.get(generation)
    const same = epoch !== undefined && epoch === this.#epoch && liveId === this.#liveId
    this.#epoch = epoch
    if (!same) this.#liveId = undefined
    return same ? this.#last : undefined
  }

  /** A session is open. */
  opened(liveId: string): void {
    if (liveId === this.#liveId) return
    this.#liveId = liveId
    this.#last = 0
  }

  /** What was told no longer says anything about what comes: the whole session is read anew. */
  forget(): void {
    this.#liveId = undefined
    this.#last = 0
  }

  /** False where this event was told before. */
  isNew({sessionId, seq}: Pick<GatewayEvent, 'sessionId' | 'seq'>): boolean {
    if (seq === undefined || this.#epoch === undefined || sessionId !== this.#liveId) return true
    if (seq <= this.#last) return false
    this.#last = seq
    return true
  }
}
