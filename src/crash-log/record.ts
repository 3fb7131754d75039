import {redactCommand} from '../redact/index.js'
/** Who wrote a line of the crash log: the terminal program, or the built-in gateway. */
export type CrashLogWriter = 'tui-parent' | 'gateway'

/** A list is the words of a command: they are written as one line, and what may be a secret among them is not. */
export type CrashFieldValue = string | number | boolean | null | undefined | readonly string[]

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

/**
 * What is cut of a text that is too long. An error is told in the last lines of stderr. A stack has its
 * innermost frames first when a debugger took it, and last when a long message stands before them.
 */
const keptPart: Readonly<Record<string, 'end' | 'both'>> = {stderrTail: 'end', stack: 'both'}

/** Patterns need not search more than this for secrets: the rest is cut in any case. */
const maxSearchLength = 4 * maxValueLength

/** The end of year 9999: later ones have another shape. */
const maxTime = 253_402_300_799_999

// Beside C0 and C1: what has no width or changes the direction, with which a text can look like another one.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  /[\x00-\x1f\x7f-\x9f\u2028\u2029\p{Cs}\p{Default_Ignorable_Code_Point}]/gu
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
    if (value !== undefined) text += ` ${word(name)}=${formatValue(value, redact, keptPart[name] ?? 'start')}`
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

type Kept = 'start' | 'end' | 'both'

function formatValue(value: Exclude<CrashFieldValue, undefined>, redact: (text: string) => string, kept: Kept): string {
  if (typeof value === 'object' && value !== null) return formatValue(redactCommand(value).join(' '), redact, kept)
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toFixed(3)))
  if (typeof value !== 'string') return String(value)
  const clean = shorten(value, redact, kept).replace(/[\r\n]+$/, '')
  const oneLine = clean.replace(/[\r\n]+/g, ' ↵ ')
  if (!needsQuotes.test(oneLine) && oneLine.search(unsafe) < 0) return oneLine
  return `"${oneLine.replace(/["\\]/g, '\\$&').replace(unsafe, escapeCharacter)}"`
}

/** Secrets first: a cut through one would leave a part that no pattern knows. */
function shorten(value: string, redact: (text: string) => string, kept: Kept): string {
  if (kept === 'start')
    return cutEnd(redact(value.slice(0, maxSearchLength)), Math.max(0, value.length - maxSearchLength))
  if (kept === 'end') return cutStart(redact(lastLines(value, maxSearchLength)), value.length)
  if (value.length <= maxSearchLength) return cutMiddle(redact(value), value.length)
  const half = maxSearchLength / 2
  return cutMiddle(redact(value.slice(0, half)) + redact(lastLines(value.slice(half), half)), value.length)
}

/** Whole lines where it has any: of a secret that begins before them a part would be left. */
function lastLines(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.slice(-length)
  return last.slice(last.indexOf('\n') + 1)
}

function cutEnd(text: string, more: number): string {
  if (text.length <= maxValueLength && more === 0) return text
  const head = withoutHalfAtEnd(text.slice(0, maxValueLength))
  return `${head}… ${marker(text.length - head.length + more)}`
}

function cutStart(text: string, length: number): string {
  if (text.length <= maxValueLength && length <= maxSearchLength) return text
  const tail = withoutHalfAtStart(text.slice(-maxValueLength))
  return `${marker(Math.max(length, text.length) - tail.length)} …${tail}`
}

function cutMiddle(text: string, length: number): string {
  if (text.length <= maxValueLength && length <= maxSearchLength) return text
  const head = withoutHalfAtEnd(text.slice(0, maxValueLength / 2))
  const tail = withoutHalfAtStart(text.slice(-maxValueLength / 2))
  return `${head}… ${marker(Math.max(length, text.length) - head.length - tail.length)} …${tail}`
}

const marker = (count: number) => `[truncated ${count} chars]`
const withoutHalfAtEnd = (text: string) => text.replace(/[\ud800-\udbff]$/, '')
const withoutHalfAtStart = (text: string) => text.replace(/^[\udc00-\udfff]/, '')

function escapeCharacter(character: string): string {
  return character
    .split('')
    .map((unit) => {
      const code = unit.charCodeAt(0)
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
    })
    .join('')
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
