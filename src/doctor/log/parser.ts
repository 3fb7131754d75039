import type {LogEntry, LogStatistics} from './entry.js'
import {OwnRecord} from './own-record.js'
import {type ReferenceLine, referenceFault, referenceHeader, referenceParent} from './reference.js'

/** The first and the last ones, which say what went wrong. */
const MAX_BODY_LINES = 200
const embedded = /\[(?:tui-parent|gateway)\] \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /g
const prefixes = ['[tui-parent]', '[gateway]']

/**
 * Reads the lines of a crash log, in their order, into entries: our own records, and those of the
 * reference pair. Lines of a stack join the entry before them, also where the other writer's records
 * stand in between. An entry is handed over when the next of its kind begins, or at `end`.
 */
export class LogParser {
  readonly #take: (entry: LogEntry) => void
  readonly #statistics: Pick<LogStatistics, 'lines' | 'records' | 'torn' | 'lost' | 'foreign'>
  #file = ''
  #line = 0
  /** The entry of the reference gateway that lines of a stack belong to. */
  #open: LogEntry | undefined
  #last: LogEntry | undefined

  constructor(take: (entry: LogEntry) => void, statistics: LogStatistics) {
    this.#take = take
    this.#statistics = statistics
  }

  /** The lines that follow are from this file. What the file before left open is closed. */
  begin(file: string): void {
    this.#file = file
    this.#line = 0
    this.#open = undefined
  }

  line(raw: string): void {
    this.#line += 1
    this.#statistics.lines += 1
    const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const first = text.charCodeAt(0)
    if (first === 0x5b /* [ */ && this.#record(text)) return
    if (first === 0x3d /* = */ && this.#header(text)) return
    this.#rest(text, first)
  }

  #record(text: string): boolean {
    const own = OwnRecord.read(text, this.#file, this.#line)
    if (own) {
      if (text.includes(' lost=')) this.#statistics.lost += Number(own.fields.get('lost')) || 0
      this.#statistics.records += 1
      this.#last = own
      this.#take(own)
      return true
    }
    const theirs = referenceParent(text)
    if (theirs) this.#add(theirs, text)
    return theirs !== undefined
  }

  #header(text: string): boolean {
    const found = referenceHeader(text)
    if (!found) return false
    this.#open = this.#add(found, text)
    return true
  }

  #rest(text: string, first: number): void {
    if (text === '') return
    const fault = first === 0x46 /* F */ || first === 0x57 /* W */ ? referenceFault(text, this.#time()) : undefined
    if (fault) {
      this.#open = this.#add(fault, text)
      return
    }
    if (first === 0x5b && beginsRecord(text)) {
      this.#statistics.torn += 1
      const next = recordAfter(text)
      if (next !== undefined) this.#record(next)
      return
    }
    if (this.#open) {
      const {body} = this.#open
      if (body.length >= MAX_BODY_LINES) body.splice(MAX_BODY_LINES / 2, 1)
      body.push(text)
      return
    }
    this.#statistics.foreign += 1
  }

  /** What has no time of its own came after what stands before it. */
  #time(): number {
    return this.#last?.time ?? 0
  }

  #add(read: ReferenceLine, text: string): LogEntry {
    const entry: LogEntry = {...read, dialect: 'reference', text, body: [], file: this.#file, line: this.#line}
    this.#statistics.records += 1
    this.#last = entry
    this.#take(entry)
    return entry
  }
}

/** A killed writer leaves any number of the first bytes. */
function beginsRecord(text: string): boolean {
  return prefixes.some((prefix) => text.startsWith(prefix) || prefix.startsWith(text))
}

/**
 * The record that was written right behind a torn one. What stands within quotes is the text of a
 * value, and may have been put there to look like a record.
 */
function recordAfter(text: string): string | undefined {
  embedded.lastIndex = 1
  const at = embedded.exec(text)?.index
  if (at === undefined) return undefined
  const quotes = text.slice(0, at).replaceAll(/\\./g, '').split('"').length - 1
  return quotes % 2 === 0 ? text.slice(at) : undefined
}
