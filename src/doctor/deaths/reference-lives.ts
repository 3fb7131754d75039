import type {LogEntry} from '../log/entry.js'
import {type GatewayRecords, SAME_DEATH_MS} from './gateway-records.js'
import {addAfter, addEntry, newLife} from './life.js'
import type {Life} from './types.js'

/** The program says which gateway it ends right after it says why. */
const SAME_EVENT_MS = 1500
/** What befell the program itself. */
const toProgram = new Set(['signal', 'memory-critical', 'parent-error'])

/**
 * Sorts the records of the reference's terminal program. They have the pid of the gateway but no run; those about
 * the program itself have neither, and where several programs write at once the next record of its kind says whose.
 */
export class ReferenceLives {
  readonly #gateways: GatewayRecords
  readonly #living = new Map<string, Life>()
  readonly #gone: Life[] = []
  readonly #ended: Life[] = []
  #generation = 0
  /** Signals to one of several programs. */
  #signals: LogEntry[] = []
  /** A gateway on a socket was let go of. */
  #closed: LogEntry | undefined

  constructor(gateways: GatewayRecords) {
    this.#gateways = gateways
  }

  take(entry: LogEntry): void {
    this.#gateways.told(entry)
    const pid = entry.fields.get('pid')
    this.#settle((signal) => Math.abs(entry.time - signal.time) > SAME_EVENT_MS)
    switch (entry.event) {
      case 'spawn':
        this.#start(entry, pid)
        return
      case 'exit': {
        const life = this.#living.get(pid ?? '') ?? this.#givenUp(pid)
        this.#end(life ?? this.#start(undefined, pid), entry, life !== undefined)
        return
      }
      case 'spawn-failed':
        this.#end(this.#newLife(), entry, true)
        return
      case 'connection-lost':
        this.#disconnected(entry)
        return
      case 'transport-exit':
      case 'replace': {
        // After a death by a signal the reference writes "replacing" though nothing lives: it says nothing.
        const life = this.#living.get(pid ?? '')
        if (life && entry.event === 'replace') addEntry(life, entry)
        return
      }
      case 'kill':
        this.#kill(entry, pid)
        return
      case 'signal':
        this.#signals.push(entry)
        return
      default:
        this.#toProgram(entry)
    }
  }

  /** Those whose end nobody recorded, oldest first. */
  unended(): Life[] {
    this.#settle(() => true)
    return [...this.#gone, ...this.#living.values()]
  }

  /** Those whose end was recorded, oldest first. */
  ended(): Life[] {
    return this.#ended
  }

  /** Signals that no record followed which says whose they were. */
  #settle(isDue: (signal: LogEntry) => boolean): void {
    const due = this.#signals.filter(isDue)
    if (due.length === 0) return
    this.#signals = this.#signals.filter((signal) => !due.includes(signal))
    for (const entry of due) this.#toProgram(entry)
  }

  #newLife(pid?: string): Life {
    return newLife({
      dialect: 'reference',
      instance: 'reference',
      generation: ++this.#generation,
      pid: pid === undefined || !/^\d+$/.test(pid) ? undefined : Number(pid),
    })
  }

  #start(entry: LogEntry | undefined, pid: string | undefined): Life {
    const life = this.#newLife(pid)
    const before = this.#ended.at(-1)
    if (entry) {
      addEntry(life, entry)
      // The reference records no recovery; a new gateway right after a death is one.
      if (before?.end?.exact && before.back.outcome === 'none' && entry.time - before.end.time < SAME_DEATH_MS) {
        before.after.push(entry)
        before.back = {outcome: 'unknown', attempts: 1, downtimeMs: Math.max(0, entry.time - before.end.time)}
      }
    }
    this.#gateways.started(life)
    for (const [of, each] of this.#living) {
      if (this.#gateways.isLiving(each)) continue
      this.#living.delete(of)
      this.#gone.push(each)
    }
    // The system gives a pid again when its process is gone.
    const old = pid === undefined ? undefined : this.#living.get(pid)
    if (old) this.#gone.push(old)
    if (pid !== undefined) {
      this.#living.delete(pid)
      this.#living.set(pid, life)
    }
    return life
  }

  /** It took longer to end than any does. */
  #givenUp(pid: string | undefined): Life | undefined {
    const at = this.#gone.findLastIndex((life) => pid !== undefined && life.pid === Number(pid))
    return at < 0 ? undefined : this.#gone.splice(at, 1)[0]
  }

  #end(life: Life, entry: LogEntry, knownStart: boolean): void {
    for (const signal of this.#signals.splice(0, 1)) this.#befell(life, signal)
    this.#gateways.ended(life, entry, knownStart)
    addEntry(life, entry)
    life.end = entry
    for (const [pid, each] of this.#living) if (each === life) this.#living.delete(pid)
    this.#ended.push(life)
  }

  #kill(entry: LogEntry, pid: string | undefined): void {
    if (pid === 'none') this.#closed = entry
    const named = pid !== undefined && /^\d+$/.test(pid) ? pid : undefined
    // One that is told to end lives, also where its start is not in the log.
    const life = named === undefined ? this.#latest() : (this.#living.get(named) ?? this.#unseen(named))
    if (!life) return
    if (entry.fields.get('reason') === 'graceful-exit-cleanup') {
      const at = this.#signals.findIndex(({time}) => Math.abs(entry.time - time) <= SAME_EVENT_MS)
      for (const signal of at < 0 ? [] : this.#signals.splice(at, 1)) this.#befell(life, signal)
    }
    addEntry(life, entry)
  }

  #unseen(pid: string): Life | undefined {
    const last = this.#ended.at(-1)
    return last?.pid === Number(pid) ? undefined : this.#start(undefined, pid)
  }

  /** About the one program that there is, or the latest. */
  #toProgram(entry: LogEntry): void {
    const life = this.#namedBy(entry) ?? this.#latest()
    if (life) {
      if (this.#living.size > 1 && toProgram.has(entry.event)) life.ambiguous = true
      this.#befell(life, entry)
      return
    }
    const last = this.#ended.at(-1)
    if (!last?.end || Math.abs(entry.time - last.end.time) > SAME_EVENT_MS) return
    addAfter(last, entry)
    if (toProgram.has(entry.event)) last.programSignals.push(entry)
  }

  #befell(life: Life, entry: LogEntry): void {
    addEntry(life, entry)
    if (toProgram.has(entry.event)) life.programSignals.push(entry)
  }

  /** Some records name the command and the folder in place of the pid. */
  #namedBy(entry: LogEntry): Life | undefined {
    const [command, cwd] = [entry.fields.get('command'), entry.fields.get('cwd')]
    if (cwd === undefined) return undefined
    return [...this.#living.values()].findLast(({entries: [spawn]}) => {
      return spawn?.fields.get('command') === command && spawn?.fields.get('cwd') === cwd
    })
  }

  /** Who is meant where no pid says so: one that was left alive by a killed program is older than one that is talked of. */
  #latest(): Life | undefined {
    return [...this.#living.values()].at(-1)
  }

  /** A gateway on a socket has no process here; that it is gone is told twice. */
  #disconnected(entry: LogEntry): void {
    const last = this.#ended.at(-1)
    if (last?.end?.event === 'connection-lost' && entry.time - last.end.time <= SAME_DEATH_MS) addAfter(last, entry)
    else if (this.#living.size > 0) this.#toProgram(entry)
    else if (!this.#closed || entry.time - this.#closed.time > SAME_EVENT_MS) this.#end(this.#newLife(), entry, true)
  }
}
