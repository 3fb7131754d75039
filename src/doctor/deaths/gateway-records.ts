import type {LogEntry} from '../log/entry.js'
import {addAfter, addEntry} from './life.js'
import type {Life} from './types.js'

const QUARTER_HOUR = 900_000
/** No zone is further from another one. */
const MAX_ZONE = 26 * 4 * QUARTER_HOUR
/** The two writers tell of one death within this time. */
export const SAME_DEATH_MS = 5000
/** From a gateway's first word of its end to that end; on a busy machine 5 s were not enough. */
const ENDING_MS = 30_000

/** One that said its last words, or was told to end, is gone by then. */
const GONE_MS = 600_000
/** Nobody has so many at once; those of killed programs have no end in the log. */
const MAX_LIVING = 64

/** What a gateway writes when it ends. All else it writes while it lives on. */
const lastWords = new Set(['signal-received', 'gateway-exit', 'uncaught', 'fault'])
export const isLastWord = ({event}: LogEntry) => lastWords.has(event)

interface Loose {
  entry: LogEntry
  /** The gateways that lived when it was written, oldest first. */
  candidates: Life[]
  /** Times of the program's records around it; their clock has a zone. */
  before: number | undefined
  after: number | undefined
  /** Its place in the log. */
  order: number
}

/**
 * The records of Python gateways, which have neither pid nor zone: each is given to the gateway that it is about,
 * by who lived when it was written, and by which end it fits. What fits none is the end of a gateway whose program
 * writes no log.
 */
export class GatewayRecords {
  readonly #living = new Set<Life>()
  #loose: Loose[] = []
  /** Those of which no later record of a program is known yet. */
  #latest: Loose[] = []
  #orphans: Loose[] = []
  #order = 0
  /** By the time of the end, in units of what is of one death. */
  readonly #ends = new Map<number, {life: Life; end: LogEntry}[]>()
  #program: LogEntry | undefined
  /** Of the gateways' clock, milliseconds, once an end has shown it. */
  #zone = 0

  /** A gateway that may write such records has started. */
  started(life: Life): void {
    const now = this.#program?.time
    for (const each of this.#living) {
      if (this.#living.size >= MAX_LIVING || (now !== undefined && this.#isGone(each, now))) this.vanished(each)
    }
    this.#living.add(life)
  }

  /** Whether it may still write: no end of it is known, and it has not been silent since it was to end. */
  isLiving(life: Life): boolean {
    return this.#living.has(life)
  }

  /** A program has written a record: its clock tells when what stands around it was written. */
  told(entry: LogEntry): void {
    this.#program = entry
    if (this.#latest.length === 0) return
    for (const each of this.#latest) each.after = entry.time
    this.#latest = []
  }

  take(entry: LogEntry): void {
    const before = this.#program?.time
    // It says it once.
    const silent = [...this.#living].filter((life) => !this.#hasSaid(life, entry))
    const candidates = whoSaid(entry, silent.length > 0 ? silent : [...this.#living], before)
    const [only] = candidates
    if (!isLastWord(entry) && only && candidates.length === 1) {
      addEntry(only, entry)
      return
    }
    const loose = {entry, candidates, before, after: undefined, order: ++this.#order}
    this.#latest.push(loose)
    if (only) this.#loose.push(loose)
    else this.#orphans.push(loose)
  }

  /**
   * The end of a gateway, as its program recorded it: its last words become entries of it. `knownStart` false: its
   * start is not in the log, and what it said before may stand among what belongs to nobody.
   */
  ended(life: Life, end: LogEntry, knownStart = true): void {
    const wasLiving = this.#living.delete(life)
    if (this.#loose.length === 0 && this.#orphans.length === 0) {
      if (wasLiving) this.#noteEnd(life, end)
      return
    }
    const mine = knownStart
      ? this.#loose.filter(({candidates}) => candidates.includes(life))
      : [...this.#loose, ...this.#orphans]
    const claimed = chosen(
      life,
      end,
      mine.filter((each) =>
        isLastWord(each.entry) ? isNear(each, end.time, endingMs(each, life, end)) : saysSo(each.entry, end),
      ),
    )
    for (const {entry} of claimed) {
      const own = entry.event === 'fault' ? {...entry, time: end.time} : aligned(entry, end.time)
      if (own.time !== entry.time && isLastWord(entry) && entry.event !== 'fault') this.#zone = own.time - entry.time
      addEntry(life, own)
    }
    if (this.#zone !== 0) shift(life, end, this.#zone)
    if (wasLiving) this.#noteEnd(life, end)
    const taken = new Set(claimed)
    this.#orphans = this.#orphans.filter((each) => !taken.has(each))
    this.#leave(life, (each) => taken.has(each))
  }

  /**
   * Those of them that are gone without a record of their end. Of two that may have said the last words it was the
   * later one: the other may have been left alive long ago.
   */
  allVanished(lives: ReadonlySet<Life>): void {
    for (const life of [...this.#living].reverse()) if (lives.has(life)) this.vanished(life)
  }

  /** It is gone and nobody recorded its end: its last words are the latest that nobody else has said. */
  vanished(life: Life): void {
    this.#living.delete(life)
    const kinds = new Set<string>()
    const mine = this.#loose.filter(({entry, candidates}) => isLastWord(entry) && candidates.includes(life))
    const groups = grouped(mine)
    const latest =
      groups.findLast((group) => group.some(({candidates}) => candidates.length === 1)) ?? groups.at(-1) ?? []
    const words = new Set(latest.filter((each) => each.candidates.length === 1 || isNew(kindOf(each), kinds)))
    for (const each of words) {
      if (each.candidates.length > 1) life.ambiguous = true
      addEntry(life, this.#placed(each))
    }
    this.#leave(life, (each) => words.has(each))
  }

  /** What is left when the log ends, of gateways that no program tells of: the records of one end each. */
  finish(): LogEntry[][] {
    const rest = [...this.#orphans, ...this.#loose].filter(({entry}) => isLastWord(entry))
    return grouped(rest.toSorted((a, b) => a.order - b.order)).flatMap((group) => {
      const records = group.map((each) => this.#placed(each))
      const of = this.#endsAt(group[0]?.before).find(({end}) => group.every((each) => isEcho(each, end.time)))
      // Its program had given it up, as that of a shell around it does.
      if (of) for (const entry of records) addAfter(of.life, entry)
      return of ? [] : [records]
    })
  }

  #isGone(life: Life, now: number): boolean {
    const kill = life.entries.findLast(({event}) => event === 'kill')
    if (kill && Math.abs(now - kill.time) > GONE_MS) return true
    return this.#loose.some(({entry, candidates, before = now}) => {
      return candidates.length === 1 && candidates[0] === life && isLastWord(entry) && Math.abs(now - before) > GONE_MS
    })
  }

  #noteEnd(life: Life, end: LogEntry): void {
    const slot = Math.floor(end.time / SAME_DEATH_MS)
    const ends = this.#ends.get(slot)
    if (ends) ends.push({life, end})
    else this.#ends.set(slot, [{life, end}])
  }

  #endsAt(time = Number.NaN): {life: Life; end: LogEntry}[] {
    const slot = Math.floor(time / SAME_DEATH_MS)
    return [slot - 1, slot, slot + 1].flatMap((each) => this.#ends.get(each) ?? [])
  }

  #hasSaid(life: Life, entry: LogEntry): boolean {
    return this.#loose.some(
      (each) =>
        each.candidates.length === 1 &&
        each.candidates[0] === life &&
        isLastWord(entry) &&
        kindOf(each) === kindOf({entry}) &&
        isSameMoment(each, {entry}),
    )
  }

  #leave(life: Life, isTaken: (each: Loose) => boolean): void {
    const left: Loose[] = []
    for (const each of this.#loose) {
      if (isTaken(each)) continue
      each.candidates = each.candidates.filter((one) => one !== life)
      const [only] = each.candidates
      if (!only) this.#orphans.push(each)
      else if (each.candidates.length === 1 && !isLastWord(each.entry)) addEntry(only, this.#placed(each))
      else left.push(each)
    }
    this.#loose = left
  }

  #placed({entry, before, after}: Loose): LogEntry {
    const time = placed(entry, this.#zone, before, after)
    return time === entry.time ? entry : {...entry, time}
  }
}

/** Those that were told to end just then, if there are any; those that were told long before are gone. */
function whoSaid(entry: LogEntry, living: Life[], now = Number.NaN): Life[] {
  if (living.length < 2) return living
  const killOf = ({entries}: Life) => entries.findLast(({event}) => event === 'kill')
  const told = living.filter((life) => {
    const kill = killOf(life)
    return kill !== undefined && isAt(entry, kill.time) && Math.abs(now - kill.time) <= SAME_DEATH_MS
  })
  // By SIGTERM or the end of its stdin; anything else may have befallen any of them.
  if (told.length > 0) return entry.fields.get('signal') === 'SIGTERM' || entry.event === 'gateway-exit' ? told : living
  const others = living.filter((life) => Math.abs(now - (killOf(life)?.time ?? now)) <= ENDING_MS)
  return others.length > 0 ? others : living
}

/** Whether it was said right after that end. */
function isEcho({entry, before}: Loose, time: number): boolean {
  return before !== undefined && Math.abs(before - time) <= SAME_DEATH_MS && isAt(entry, time)
}

/** Whether a clock of some zone may have shown the record's time then. */
const isAt = ({event, time: clock}: LogEntry, time: number) =>
  event === 'fault' || Math.abs(time - clock - zoneBetween(clock, time)) <= SAME_DEATH_MS

/** How long before that end it may have said so: only shortly where nothing else says that it did. */
function endingMs({entry}: Loose, {entries}: Life, end: LogEntry): number {
  const kill = entries.find(({event}) => event === 'kill')
  if (kill) return Math.max(0, end.time - kill.time) + SAME_DEATH_MS
  return saysSo(entry, end) ? ENDING_MS : SAME_DEATH_MS
}

/** Whether a record may be of the end at that time: none of later records of programs is much older. */
function isNear({entry, after}: Loose, time: number, withinMs: number): boolean {
  if (after !== undefined && after < time - withinMs) return false
  return entry.event === 'fault' || time - entry.time - zoneBefore(entry.time, time) <= withinMs
}

/** Of the records near to its end those that the gateway itself wrote; marks it where that is a guess. */
function chosen(life: Life, end: LogEntry, near: readonly Loose[]): Loose[] {
  const kinds = new Set<string>()
  // What others may have said too is the more its own the closer it is to its end.
  const own = near.toReversed().filter(({entry, candidates}) => {
    const others = candidates.filter((each) => each !== life)
    if (!isLastWord(entry)) return true
    // Of two that end at once each says the same.
    if (!isNew(kindOf({entry}), kinds) && others.length > 0) return false
    if (others.length > 0 && !fits(entry, end, life)) return false
    if (others.length > 0 && !saysSo(entry, end) && !wasTold(life)) life.ambiguous = true
    return true
  })
  return own.reverse()
}

const kindOf = ({entry}: Pick<Loose, 'entry'>) => `${entry.event} ${entry.fields.get('signal')}`

const isNew = (kind: string, known: Set<string>) => !known.has(kind) && known.add(kind)

const wasTold = ({entries}: Life) => entries.some(({event}) => event === 'kill')

/** Whether a gateway that said this ends so. */
function fits(entry: LogEntry, end: LogEntry, life: Life): boolean {
  const code = end.fields.get('code')
  const signal = end.fields.get('signal')
  const said = end.fields.get('stderrTail') ?? ''
  if (said.includes('[gateway-') && !saysSo(entry, end)) return false
  if (wasTold(life)) return true
  switch (entry.event) {
    case 'signal-received':
      return code === '0' || signal === entry.fields.get('signal')
    case 'gateway-exit':
      return code === '0' || code === '1'
    case 'uncaught':
      return code !== '0' && code !== 'null'
    default:
      return signal !== 'null'
  }
}

/** Ours keep the last lines of stderr, where that gateway says each of its records in short. */
function saysSo({event, fields, body}: LogEntry, end: LogEntry): boolean {
  const said = end.fields.get('stderrTail')
  if (said === undefined) return false
  switch (event) {
    case 'signal-received':
      return said.includes(`[gateway-signal] ${fields.get('signal')}`)
    case 'gateway-exit':
      return said.includes(`[gateway-exit] ${fields.get('reason')}`)
    case 'uncaught':
      return body.some((line) => !line.startsWith(' ') && line !== '' && said.includes(line))
    case 'thread-exception':
      return said.includes(`[gateway-crash] thread ${fields.get('thread')} raised`)
    default:
      return event === 'fault' && said.includes('Fatal Python error')
  }
}

/** Records of one end each, in their order: what is told within seconds is of one. */
function grouped(all: readonly Loose[]): Loose[][] {
  const groups: Loose[][] = []
  for (const each of all) {
    const group = groups.at(-1)
    const last = group?.at(-1)
    const same = last && (each.entry.event === 'fault' || last.entry.event === 'fault' || isSameMoment(last, each))
    if (group && same) group.push(each)
    else groups.push([each])
  }
  return groups
}

const isSameMoment = (a: Pick<Loose, 'entry'>, b: Pick<Loose, 'entry'>) =>
  Math.abs(a.entry.time - b.entry.time) <= SAME_DEATH_MS

/**
 * The gateway's clock has no zone. Where this machine's zone puts a record whole quarters of an hour
 * away from the program's record of the same death, the log was written in another zone.
 */
function aligned(entry: LogEntry, time: number): LogEntry {
  const zone = zoneBefore(entry.time, time)
  return zone ? {...entry, time: entry.time + zone} : entry
}

/** The zone by which that clock is at most a quarter of an hour before the time. */
function zoneBefore(clock: number, time: number): number {
  const zone = Math.floor((time - clock + SAME_DEATH_MS) / QUARTER_HOUR) * QUARTER_HOUR
  return Math.abs(zone) > MAX_ZONE ? Number.NaN : zone
}

function zoneBetween(clock: number, time: number): number {
  const zone = Math.round((time - clock) / QUARTER_HOUR) * QUARTER_HOUR
  return Math.abs(zone) > MAX_ZONE ? Number.NaN : zone
}

/** When it was, by the records around it: as it says, by the zone that is known, or by the only one that fits. */
function placed({event, time}: LogEntry, zone: number, before = Number.NaN, after = Number.NaN): number {
  if (event === 'fault') return before || after || time
  const fits = (at: number) => !(at < before - SAME_DEATH_MS) && !(at > after + SAME_DEATH_MS)
  if (fits(time)) return time
  if (fits(time + zone)) return time + zone
  const isClose = (at: number) => Math.abs(at - before) <= SAME_DEATH_MS || Math.abs(at - after) <= SAME_DEATH_MS
  const moved = [before, after].map((near) => time + zoneBetween(time, near))
  return moved.find((at) => fits(at) && (isClose(at) || after - before < QUARTER_HOUR)) ?? time
}

/** What it said in its life was by the same clock as its last words. */
function shift(life: Life, end: LogEntry, zone: number): void {
  const start = life.entries.find(({exact}) => exact)?.time ?? end.time
  const isIn = (time: number) => time >= start - SAME_DEATH_MS && time <= end.time + SAME_DEATH_MS
  life.entries = life.entries.map((entry) =>
    !entry.exact && !isIn(entry.time) && isIn(entry.time + zone) ? {...entry, time: entry.time + zone} : entry,
  )
}
