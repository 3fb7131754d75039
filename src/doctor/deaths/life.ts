import type {LogEntry} from '../log/entry.js'
import type {Life} from './types.js'

const MAX_ENTRIES = 200
const MAX_AFTER = 100

export function newLife(of: Pick<Life, 'dialect' | 'instance' | 'generation'> & Partial<Life>): Life {
  return {
    who: 'gateway',
    pid: undefined,
    entries: [],
    end: undefined,
    after: [],
    back: {outcome: 'none', attempts: 0, downtimeMs: undefined},
    programSignals: [],
    ambiguous: false,
    ...of,
  }
}

/** Keeps the first records, which tell of the start, and the last ones. */
export function addEntry(life: Life, entry: LogEntry): void {
  if (life.entries.length >= MAX_ENTRIES) life.entries.splice(MAX_ENTRIES / 4, 1)
  life.entries.push(entry)
}

/** What is told of it after its end. */
export function addAfter({after}: Life, entry: LogEntry): void {
  if (after.length < MAX_AFTER) after.push(entry)
}
