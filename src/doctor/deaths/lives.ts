import type {LogEntry} from '../log/entry.js'
import {addEntry, newLife} from './life.js'
import {ReferenceLives} from './reference-lives.js'
import type {Life} from './types.js'

const MAX_AFTER = 100
/** Ends of runs that were meant: nobody died of them. */
const orderly = /^intentional:(?:quit|replace)$/

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
  readonly #reference = new ReferenceLives()
  readonly #ended: Life[] = []

  take(entry: LogEntry): void {
    if (entry.dialect === 'reference') this.#reference.take(entry)
    else if (entry.writer === 'gateway') this.#fromGateway(entry)
    else if (entry.instance !== undefined) this.#fromProgram(entry, entry.instance, entry.generation ?? 0)
  }

  /** All lives that ended otherwise than in order, and those whose end nobody recorded, oldest first. */
  finish(): {ended: Life[]; unended: Life[]} {
    const reference = this.#reference.finish()
    const unended = [...this.#runs.values()].flatMap(({lives}) => [...lives.values()].filter((life) => !life.end))
    return {ended: [...this.#ended, ...reference.ended], unended: [...unended, ...reference.unended]}
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
    addEntry(life, entry)
    if (entry.event === 'spawn') {
      if (entry.pid !== undefined) {
        life.pid = entry.pid
        this.#byPid.set(entry.pid, life)
      }
    } else if (entry.event === 'exit' || entry.event === 'spawn-failed') {
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
    life.end = entry
    addEntry(life, entry)
    lives?.clear()
    this.#ended.push(life)
  }
}

function addAfter(death: Life, entry: LogEntry): void {
  if (death.after.length < MAX_AFTER) death.after.push(entry)
}

function recovered(run: Run, entry: LogEntry): void {
  const outcome = fieldOf(entry, 'outcome')
  for (const life of run.open) {
    addAfter(life, entry)
    if (outcome === 'attempt') life.back.attempts += 1
    if (outcome === 'resumed' || outcome === 'renewed' || outcome === 'failed' || outcome === 'exhausted') {
      life.back.outcome = outcome
      life.back.downtimeMs = life.end ? Math.max(0, entry.time - life.end.time) : undefined
    }
  }
  if (outcome === 'resumed' || outcome === 'renewed') run.open = []
  // A person's own attempt may still follow a spent budget.
}

/** Without taking the whole record apart where that can be spared. */
function fieldOf(entry: LogEntry, name: string): string | undefined {
  return entry.get ? entry.get(name) : entry.fields.get(name)
}
