import type {LogEntry} from '../log/entry.js'
import {GatewayRecords} from './gateway-records.js'
import {addAfter, addEntry, newLife} from './life.js'
import {ReferenceLives} from './reference-lives.js'
import type {Life} from './types.js'

/** Ends of runs that were meant: nobody died of them. */
const orderly = /^intentional:(?:quit|replace)$/

/** The built-in gateway says in each record which one it is. */
const builtIn = /\bgateway[\\/]main\.(?:js|ts)\b/

/** The first that is known of a gateway; records of a run without one are no life. */
const begins = new Set(['spawn', 'spawn-failed', 'exit'])

interface Run {
  lives: Map<number, Life>
  /** Deaths by generation: what is still told of it belongs to it. */
  dead: Map<number, Life>
  /** Deaths whose recovery has no outcome yet. */
  open: Life[]
  signals: LogEntry[]
}

/**
 * Sorts the records of a log, taken in the order of the file, into the lives of gateways. Several
 * programs write at once; ours are told apart by instance and generation.
 */
export class Lives {
  readonly #runs = new Map<string, Run>()
  readonly #byPid = new Map<number, Life>()
  readonly #gateways = new GatewayRecords()
  readonly #reference = new ReferenceLives(this.#gateways)
  readonly #ended: Life[] = []

  take(entry: LogEntry): void {
    if (entry.dialect === 'reference') {
      if (entry.writer === 'gateway') this.#gateways.take(entry)
      else this.#reference.take(entry)
      return
    }
    this.#gateways.told(entry)
    if (entry.writer === 'gateway') this.#fromGateway(entry)
    else if (entry.instance !== undefined) this.#fromProgram(entry, entry.instance, entry.generation ?? 0)
  }

  /**
   * All lives that ended otherwise than in order, and those that are gone though nobody recorded their end, oldest
   * first. `isAlive`: whether the gateway of that pid, started at that time (UTC, milliseconds), still lives.
   */
  finish(isAlive: (pid: number, startedAt: number) => boolean): {ended: Life[]; unended: Life[]} {
    const open = [...this.#runs.values()].flatMap(({lives}) => [...lives.values()].filter((life) => !life.end))
    const unended = [...open, ...this.#reference.unended()].filter(({pid, entries: [first]}) => {
      return first !== undefined && pid !== undefined && !isAlive(pid, first.time)
    })
    this.#gateways.allVanished(new Set(unended))
    const ended = [...this.#ended, ...this.#reference.ended()]
    return {ended: [...ended, ...this.#gateways.finish().map(unknownLife)], unended}
  }

  #fromGateway(entry: LogEntry): void {
    const life = this.#byPid.get(Number(entry.fields.get('pid')))
    if (life) addEntry(life, entry)
  }

  #fromProgram(entry: LogEntry, instance: string, generation: number): void {
    let run = this.#runs.get(instance)
    if (!run) {
      run = {lives: new Map(), dead: new Map(), open: [], signals: []}
      this.#runs.set(instance, run)
    }
    if (entry.event === 'recover') {
      recovered(run, entry)
      return
    }
    if (entry.event === 'signal') run.signals.push(entry)
    if (entry.event === 'vanished') {
      this.#vanished(entry)
      return
    }
    let life = run.lives.get(generation)
    if (!life) {
      if (!begins.has(entry.event)) {
        for (const death of new Set([...run.open, run.dead.get(generation)])) if (death) addAfter(death, entry)
        // Without a gateway the program itself is all that can die.
        if (entry.event === 'uncaught' && run.lives.size === 0) {
          const program = newLife({dialect: 'hermes', instance, generation, who: 'program', end: entry})
          addEntry(program, entry)
          this.#ended.push(program)
        }
        return
      }
      life = newLife({dialect: 'hermes', instance, generation, programSignals: run.signals})
      run.lives.set(generation, life)
    }
    if (entry.event === 'exit' && !life.end) this.#gateways.ended(life, entry, life.entries.length > 0)
    addEntry(life, entry)
    if (entry.event === 'spawn') {
      if (!builtIn.test(entry.text)) this.#gateways.started(life)
      if (entry.pid !== undefined) {
        life.pid = entry.pid
        this.#byPid.set(entry.pid, life)
      }
    } else if (entry.event === 'exit' || entry.event === 'spawn-failed') {
      // Its start may stand in a file that is gone.
      life.pid ??= entry.pid
      this.#end(run, life, entry)
    }
  }

  #end(run: Run, life: Life, entry: LogEntry): void {
    if (life.end) return
    life.end = entry
    run.lives.delete(life.generation)
    // What comes after its end is the other writer's, late.
    const cause = entry.text.includes('intentional:') ? (fieldOf(entry, 'cause') ?? '') : ''
    if (orderly.test(cause)) return
    this.#ended.push(life)
    run.dead.set(life.generation, life)
    if (!cause.startsWith('intentional:')) run.open.push(life)
  }

  /** The next run found the run file of one that is gone: its gateways have no other end, and died of it. */
  #vanished(entry: LogEntry): void {
    const instance = entry.fields.get('run') ?? ''
    const generation = entry.generation ?? 0
    const lives = this.#runs.get(instance)?.lives
    const known = lives?.get(generation) ?? [...(lives?.values() ?? [])].at(-1)
    const life = known ?? newLife({dialect: 'hermes', instance, generation, pid: entry.pid})
    const lastSeen = Number(entry.fields.get('lastSeen') ?? 0)
    life.diedAt = Math.max(lastSeen, life.entries.at(-1)?.time ?? 0) || entry.time
    life.who = 'program'
    this.#gateways.vanished(life)
    life.end = entry
    addEntry(life, entry)
    lives?.clear()
    this.#ended.push(life)
  }
}

/** A gateway that only its own last words tell of. */
function unknownLife(entries: LogEntry[]): Life {
  const life = newLife({dialect: 'reference', instance: 'reference', generation: 0, who: 'program', entries})
  life.end = entries[0]
  return life
}

function recovered(run: Run, entry: LogEntry): void {
  const outcome = fieldOf(entry, 'outcome')
  for (const life of run.open) {
    addAfter(life, entry)
    if (outcome === 'attempt') life.back.attempts += 1
    if (outcome === 'resumed' || outcome === 'renewed' || outcome === 'failed' || outcome === 'exhausted') {
      life.back.outcome = outcome
      life.back.downtimeMs = downtimeOf(entry)
    }
  }
  if (outcome === 'resumed' || outcome === 'renewed') run.open = []
  // A person's own attempt may still follow a spent budget.
}

/** As it was told when it happened: since the first death where several came before the way back. */
function downtimeOf(entry: LogEntry): number | undefined {
  const told = fieldOf(entry, 'downtimeMs')
  return told === undefined ? undefined : Number(told)
}

/** Without taking the whole record apart where that can be spared. */
function fieldOf(entry: LogEntry, name: string): string | undefined {
  return entry.get ? entry.get(name) : entry.fields.get(name)
}
