import {type CrashLogWriter, parseRecord} from '../../crash-log/index.js'
import type {LogEntry} from './entry.js'

const head =
  /^\[(tui-parent|gateway)\] \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ([\w.-]+)(?=$| [\w.-]+=)(?: instance=([^\s"\\=]+) gen=(\d+)(?: pid=(\d+))?(?= |$))?/

const none: ReadonlyMap<string, string> = new Map()
/** Ours are one line each; one list for all of them spares 30 MB in a log of 50. */
const noBody: string[] = []
const STAMP_CHARS = 24

/**
 * One of our records. Of a log of 50 MB a handful is shown: time and fields are read when they are
 * asked for, which makes the reading four times faster.
 */
export class OwnRecord implements LogEntry {
  readonly dialect = 'hermes'
  readonly exact = true
  readonly body: string[] = noBody
  readonly writer: CrashLogWriter
  readonly event: string
  readonly instance: string | undefined
  readonly generation: number
  readonly pid: number | undefined
  #fields: ReadonlyMap<string, string> | undefined

  private constructor(
    match: RegExpExecArray,
    readonly text: string,
    readonly file: string,
    readonly line: number,
  ) {
    this.writer = match[1] === 'gateway' ? 'gateway' : 'tui-parent'
    this.event = match[2] ?? ''
    this.instance = match[3]
    this.generation = Number(match[4] ?? 0)
    this.pid = match[5] === undefined ? undefined : Number(match[5])
  }

  /** Undefined for a line that is torn, or that another program wrote. */
  static read(text: string, file: string, line: number): OwnRecord | undefined {
    const match = head.exec(text)
    if (!match) return undefined
    const rest = match[0].length
    // The reference's texts begin like ours, with `[lifecycle]` in place of a field.
    if (rest < text.length && !isWhole(text, rest)) return undefined
    return new OwnRecord(match, text, file, line)
  }

  get time(): number {
    const at = this.text.indexOf(' ') + 1
    return Date.parse(this.text.slice(at, at + STAMP_CHARS))
  }

  /** One field, without taking the whole line apart where there are no quotes in which its name could stand. */
  get(name: string): string | undefined {
    if (this.#fields || this.text.includes('"')) return this.fields.get(name)
    const at = this.text.indexOf(` ${name}=`)
    if (at < 0) return undefined
    const value = at + name.length + 2
    const end = this.text.indexOf(' ', value)
    return this.text.slice(value, end < 0 ? undefined : end)
  }

  get fields(): ReadonlyMap<string, string> {
    this.#fields ??= parseRecord(this.text)?.fields ?? none
    return this.#fields
  }
}

/** Whether the fields from `at` on end where a record can end. */
function isWhole(text: string, at: number): boolean {
  if (text.includes('\\', at)) return parseRecord(text) !== undefined
  let quotes = 0
  let last = at
  for (let quote = text.indexOf('"', at); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    quotes += 1
    last = quote
  }
  if (quotes % 2 !== 0) return false
  if (quotes > 0 && last === text.length - 1) return true
  const token = text.slice(Math.max(text.lastIndexOf(' '), last) + 1)
  const equals = token.indexOf('=')
  return equals > 0 && equals < token.length - 1
}
