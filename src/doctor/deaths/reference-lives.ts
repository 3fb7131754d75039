import type {LogEntry} from '../log/entry.js'
import {addEntry, newLife} from './life.js'
import type {Life} from './types.js'

const QUARTER_HOUR = 900_000
/** The two writers tell of one death within this time. */
const SAME_DEATH_MS = 5000
/** What befell the program itself. */
const toProgram = new Set(['signal', 'memory-critical'])
const endsGateway = new Set(['signal-received', 'gateway-exit', 'uncaught'])

/**
 * Sorts the records of the reference pair. Its gateway's have neither pid nor time zone and its
 * program's no run, so that only their order tells what belongs together; where several gateways
 * lived at once that is a guess, and marked as one.
 */
export class ReferenceLives {
  readonly #living = new Map<string, Life>()
  readonly #ended: Life[] = []
  #generation = 0
  /** Records of a gateway that no program's record followed yet. */
  #loose: LogEntry[] = []
  /** Records of the program that are about no certain gateway. */
  #program: LogEntry[] = []

  take(entry: LogEntry): void {
    if (entry.writer === 'gateway') {
      this.#loose.push(entry)
      return
    }
    const pid = entry.fields.get('pid')
    switch (entry.event) {
      case 'spawn':
        this.#settle(entry)
        this.#start(entry, pid)
        return
      case 'exit':
        this.#end(this.#living.get(pid ?? '') ?? this.#start(undefined, pid), entry)
        return
      case 'spawn-failed':
        // What a gateway said before is not of this one, which never was.
        this.#settle(entry)
        this.#end(newLife({dialect: 'reference', instance: 'reference', generation: ++this.#generation}), entry)
        return
      case 'transport-exit':
      case 'replace': {
        // After a death by a signal the reference writes "replacing" though nothing lives: it says nothing.
        const life = this.#living.get(pid ?? '')
        if (life && entry.event === 'replace') addEntry(life, entry)
        return
      }
      default: {
        const life = pid === undefined || pid === 'none' ? this.#latest() : this.#living.get(pid)
        if (life) addEntry(life, entry)
        if (toProgram.has(entry.event)) this.#program.push(entry)
      }
    }
  }

  finish(): {ended: Life[]; unended: Life[]} {
    this.#settle(undefined)
    const unended = [...this.#living.values()]
    // The program was told to end, and was gone before it could say of what its gateway ended.
    for (const life of unended) life.programSignals = life.entries.filter(({event}) => toProgram.has(event))
    return {ended: this.#ended, unended}
  }

  #start(entry: LogEntry | undefined, pid: string | undefined): Life {
    const life = newLife({
      dialect: 'reference',
      instance: 'reference',
      generation: ++this.#generation,
      pid: pid === undefined || !/^\d+$/.test(pid) ? undefined : Number(pid),
    })
    const before = this.#ended.at(-1)
    if (entry) {
      addEntry(life, entry)
      // The reference records no recovery; a new gateway right after a death is one.
      if (before?.end?.exact && before.back.outcome === 'none' && entry.time - before.end.time < SAME_DEATH_MS) {
        before.after.push(entry)
        before.back = {outcome: 'unknown', attempts: 1, downtimeMs: Math.max(0, entry.time - before.end.time)}
      }
    }
    if (pid !== undefined) this.#living.set(pid, life)
    return life
  }

  /** Who is meant where no pid says so: one that was left alive by a killed program is older than one that is talked of. */
  #latest(): Life | undefined {
    const life = [...this.#living.values()].at(-1)
    if (life && this.#living.size > 1) life.ambiguous = true
    return life
  }

  #end(life: Life, entry: LogEntry): void {
    if (this.#living.size > 1 && this.#loose.length > 0) life.ambiguous = true
    for (const own of this.#loose) addEntry(life, aligned(own, entry.time))
    this.#loose = []
    addEntry(life, entry)
    life.end = entry
    life.programSignals = this.#program
    this.#program = []
    for (const [pid, each] of this.#living) if (each === life) this.#living.delete(pid)
    this.#ended.push(life)
  }

  /**
   * A gateway said that it ends and no program recorded its exit: the program was gone already, or
   * went with it. Decided when the next one starts, or at the end of the log.
   */
  #settle(next: LogEntry | undefined): void {
    const last = this.#loose.findLast((entry) => endsGateway.has(entry.event))
    if (!last) return
    const life = this.#latest() ?? newLife({dialect: 'reference', instance: 'reference', generation: this.#generation})
    const reference = life.entries.at(-1)?.time ?? next?.time
    for (const own of this.#loose) addEntry(life, reference === undefined ? own : aligned(own, reference))
    this.#loose = []
    life.who = 'program'
    life.end = aligned(last, reference ?? last.time)
    life.programSignals = this.#program
    this.#program = []
    for (const [pid, each] of this.#living) if (each === life) this.#living.delete(pid)
    this.#ended.push(life)
  }
}

/**
 * The gateway's clock has no zone. Where this machine's zone puts a record whole quarters of an hour
 * away from the program's record of the same death, the log was written in another zone.
 */
export function aligned(entry: LogEntry, time: number): LogEntry {
  const away = time - entry.time
  const zone = Math.round(away / QUARTER_HOUR) * QUARTER_HOUR
  if (zone === 0 || Math.abs(zone) > 26 * 4 * QUARTER_HOUR || Math.abs(away - zone) > SAME_DEATH_MS) {
    return entry
  }
  return {...entry, time: entry.time + zone}
}
