/** Who wrote a line of the crash log: the terminal program, or the built-in gateway. */
export type CrashLogWriter = 'tui-parent' | 'gateway'

export type CrashFieldValue = string | number | boolean | null | undefined

/** One breadcrumb. */
export interface CrashRecord {
  /** UTC epoch, milliseconds. */
  time: number
  /** What happened, as one word: `spawn`, `exit`, `signal-received`. */
  event: string
  /** In the order in which they are written; a field that is undefined is left out. */
  fields: readonly (readonly [name: string, value: CrashFieldValue])[]
  /** True for a death: the record is flushed to the disk before `write` returns. Default false. */
  sync?: boolean
}

/** A line of the crash log read back. Values are as they were written, unquoted and unescaped; ` ↵ ` stays. */
export interface ParsedCrashRecord {
  writer: CrashLogWriter
  /** UTC epoch, milliseconds. */
  time: number
  event: string
  fields: ReadonlyMap<string, string>
}

/** Longest value, in characters, before the marker that says how much was cut. */
export const maxValueLength = 4096

/** Patterns need not search more than this for secrets: the rest is cut in any case. */
const maxSearchLength = 4 * maxValueLength

/** The end of year 9999: later ones have another shape. */
const maxTime = 253_402_300_799_999

// Beside C0 and C1: invisible and direction-changing characters, with which a text can look like another one.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const needsQuotes = /[\s"\\=]|^$/
const line =
  /^\[(tui-parent|gateway)\] (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\w.-]+)((?: [\w.-]+=(?:"(?:[^"\\]|\\.)*"|[^\s"\\=]+))*)$/
const field = / ([\w.-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"\\=]+))/g

/**
 * `[tui-parent] 2026-11-23T18:42:00.123Z exit gen=2 code=null cause="exit code 1"` and a line feed.
 * Whatever the values hold, the result is one line, and `parseRecord` reads it back.
 */
export function formatRecord(writer: CrashLogWriter, record: CrashRecord, redact: (text: string) => string): string {
  let text = `[${writer}] ${isoTime(record.time)} ${word(record.event)}`
  for (const [name, value] of record.fields) {
    if (value !== undefined) text += ` ${word(name)}=${formatValue(value, redact)}`
  }
  return `${text}\n`
}

/** Reads one line; undefined for one that is torn, or that another program wrote in its own format. */
export function parseRecord(text: string): ParsedCrashRecord | undefined {
  const match = line.exec(text)
  if (!match) return undefined
  const [, writer, time = '', event = '', rest = ''] = match
  const fields = new Map<string, string>()
  for (const [, name = '', quoted, bare = ''] of rest.matchAll(field)) {
    fields.set(name, quoted === undefined ? bare : unescapeValue(quoted))
  }
  return {writer: writer === 'gateway' ? 'gateway' : 'tui-parent', time: Date.parse(time), event, fields}
}

function formatValue(value: string | number | boolean | null, redact: (text: string) => string): string {
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toFixed(3)))
  if (typeof value !== 'string') return String(value)
  // Secrets first: a cut through one would leave a part that no pattern knows.
  const clean = cut(redact(value.slice(0, maxSearchLength)), value.length).replace(/[\r\n]+$/, '')
  const oneLine = clean.replace(/[\r\n]+/g, ' ↵ ')
  if (!needsQuotes.test(oneLine) && oneLine.search(unsafe) < 0) return oneLine
  return `"${oneLine.replace(/["\\]/g, '\\$&').replace(unsafe, escapeCharacter)}"`
}

function cut(text: string, originalLength: number): string {
  const beyondSearch = Math.max(0, originalLength - maxSearchLength)
  if (text.length <= maxValueLength && beyondSearch === 0) return text
  const head = text.slice(0, maxValueLength).replace(/[\ud800-\udbff]$/, '')
  return `${head}… [truncated ${text.length - head.length + beyondSearch} chars]`
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function unescapeValue(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/g,
    (_, hex?: string, unicode?: string, plain?: string) =>
      plain === undefined ? String.fromCharCode(Number.parseInt(hex ?? unicode ?? '', 16)) : plain,
  )
}

function isoTime(time: number): string {
  // An impossible time must not lose the record.
  return new Date(time >= 0 && time <= maxTime ? time : 0).toISOString()
}

function word(name: string): string {
  return name.replace(/[^\w.-]+/g, '-').slice(0, 64) || '-'
}
