import type {GatewayEvent} from '../../protocol/events.js'

/** What came in the time of a frame, in its order. Of neighbours that are alike there is one. */
export type Held = {type: 'deltas'; reasoning: string; text: string} | {type: 'event'; event: GatewayEvent}

type Run = {reasoning: string[]; text: string[]} | {passing: string; event: GatewayEvent}

/** More in one frame are no frame's worth: a gateway that floods is not waited for. */
const MAX_RUNS = 1000

/**
 * Joins what may come many times a second to one change per frame: 20 000 deltas would otherwise be as many renders.
 * Anything else that happens must {@link DeltaBatch.flush} first, so that the order is kept.
 */
export class DeltaBatch {
  readonly #intervalMs: number
  readonly #emit: (held: Held[]) => void
  #runs: Run[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number, emit: (held: Held[]) => void) {
    this.#intervalMs = intervalMs
    this.#emit = emit
  }

  text(text: string): void {
    this.#deltas(() => true).text.push(text)
    this.#schedule()
  }

  reasoning(text: string): void {
    // Within one run reasoning comes first.
    this.#deltas((run) => run.text.length === 0).reasoning.push(text)
    this.#schedule()
  }

  /** An event that a later one of the same kind takes the place of: only the newest is ever seen. */
  passing(kind: string, event: GatewayEvent): void {
    this.#runs = this.#runs.filter((run) => !('passing' in run) || run.passing !== kind)
    this.#begin({passing: kind, event})
    this.#schedule()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const runs = this.#runs
    if (runs.length === 0) return
    this.#runs = []
    this.#emit(
      runs.map((run) =>
        'passing' in run
          ? {type: 'event', event: run.event}
          : {type: 'deltas', reasoning: run.reasoning.join(''), text: run.text.join('')},
      ),
    )
  }

  /** The last run, if it is of deltas that go on, else a new one. */
  #deltas(goesOn: (run: {text: string[]}) => boolean): {reasoning: string[]; text: string[]} {
    const last = this.#runs.at(-1)
    if (last && !('passing' in last) && goesOn(last)) return last
    const run = {reasoning: [], text: []}
    this.#begin(run)
    return run
  }

  #begin(run: Run): void {
    if (this.#runs.length >= MAX_RUNS) this.flush()
    this.#runs.push(run)
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), this.#intervalMs)
  }
}
