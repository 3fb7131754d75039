import * as v from 'valibot'
import {visibleText} from '../../../control-sequences.js'
import {errnoOf, exitCodes, HermesError, messageOf} from '../../../errors.js'
import {linesOfRegularFile, UnfitFile} from '../../../regular-file.js'
import type {SessionEntry, SessionHead} from '../types.js'
import {FORMAT, FORMAT_VERSION} from './document.js'
import {entrySchemas, headSchema} from './schema.js'

/** One entry, and a whole file that is not laid out a line an entry; bytes. */
const MAX_LINE = 256 * 1024 * 1024
const MAX_OTHER = 64 * 1024 * 1024

/** What a file says that it holds, and what it holds, which is read and examined piece by piece. */
export interface SessionFile {
  session: SessionHead
  entries: Generator<SessionEntry>
}

/**
 * Reads a session file as `jsonOf` writes it, or the same JSON in any other layout.
 *
 * @throws HermesError `session/bad-file`, also while the entries are read: it names the line or the entry
 */
export function readSessionFile(file: string): SessionFile {
  const lines = linesOf(file)
  const first = (lines.next().value ?? '').replace(/^\ufeff/, '')
  if (/^\{.*"entries":\[$/.test(first)) {
    const document = parse(file, `${first}]}`, 'line 1')
    return {session: headOf(file, document), entries: entriesOfLines(file, lines)}
  }
  const document = parse(file, wholeOf(file, first, lines), undefined)
  return {session: headOf(file, document), entries: entriesOfList(file, document)}
}

function* entriesOfLines(file: string, lines: Iterable<string>): Generator<SessionEntry> {
  const check = checker(file)
  let number = 1
  for (const line of lines) {
    number++
    const text = line.trim()
    if (text === ']}') return
    yield check(parse(file, text.replace(/,$/, ''), `line ${number}`), `line ${number}`)
  }
  throw bad(file, `it ends after line ${number}, in the middle of the session: a part of it is missing`)
}

function* entriesOfList(file: string, document: Record<string, unknown>): Generator<SessionEntry> {
  const {entries} = document
  if (!Array.isArray(entries)) throw bad(file, `entries ${saidOf(entries)}; expected a list`)
  const check = checker(file)
  for (const [index, entry] of entries.entries()) yield check(entry, `entries[${index}]`)
}

/** Looks at one entry after the other. */
function checker(file: string): (entry: unknown, place: string) => SessionEntry {
  const prompts = new Set<string>()
  return (entry, place) => {
    const kind = isRecord(entry) && 'turn' in entry ? 'turn' : 'message'
    if (!isRecord(entry) || !(kind in entry)) throw bad(file, `${place} is neither a turn nor a message`)
    const checked = checkedBy(file, entrySchemas[kind], entry, place)
    if ('turn' in checked) {
      const {promptId} = checked.turn
      if (prompts.has(promptId)) throw bad(file, `${place}: turn.promptId ${quoted(promptId)} is there twice`)
      prompts.add(promptId)
    }
    return checked
  }
}

function headOf(file: string, document: Record<string, unknown>): SessionHead {
  if (document.format !== FORMAT) {
    throw bad(file, `it is no session: format ${saidOf(document.format)}; expected ${quoted(FORMAT)}`)
  }
  if (document.version !== FORMAT_VERSION) {
    const newer = typeof document.version === 'number' && document.version > FORMAT_VERSION
    throw bad(
      file,
      `version ${saidOf(document.version)}; expected ${FORMAT_VERSION}`,
      newer ? ['update hermes: the file was written by a newer one'] : undefined,
    )
  }
  return checkedBy(file, headSchema, document.session, 'session')
}

function checkedBy<T>(file: string, schema: v.GenericSchema<unknown, T>, value: unknown, place: string): T {
  const result = v.safeParse(schema, value, {abortEarly: true})
  if (result.success) return result.output
  const [issue] = result.issues
  const keys = (issue.path ?? []).map(({key}) => String(key))
  const path = keys
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '')
  const expected = issue.expected ?? issue.message
  const found = keys.length === 0 ? value : issue.input
  throw bad(file, `${place}: ${path === '' ? 'it' : path} ${saidOf(found)}; expected ${expected}`)
}

function* linesOf(file: string): Generator<string> {
  try {
    yield* linesOfRegularFile(file, MAX_LINE)
  } catch (error) {
    if (error instanceof UnfitFile) throw bad(file, error.message)
    if (errnoOf(error) === undefined) throw error
    throw bad(file, errnoOf(error) === 'ENOENT' ? 'it is not there' : messageOf(error))
  }
}

function wholeOf(file: string, first: string, lines: Iterable<string>): string {
  const all = [first]
  let size = first.length
  for (const line of lines) {
    all.push(line)
    size += line.length + 1
    if (size > MAX_OTHER) {
      throw bad(
        file,
        `it is larger than ${MAX_OTHER / 1_048_576} MiB and not laid out an entry a line, as hermes writes it`,
      )
    }
  }
  return all.join('\n')
}

function parse(file: string, text: string, place: string | undefined): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const where = place === undefined ? '' : `${place}: `
    if (text.trim() === '' && place === undefined) throw bad(file, 'it is empty')
    // Bytes that are no text are nothing to be quoted.
    const why = /[\0\ufffd]/.test(text) ? '' : ` (${messageOf(error)})`
    throw bad(file, `${where}it is no JSON${why}`)
  }
  if (isRecord(value)) return value
  throw bad(file, `${place ?? 'it'} ${saidOf(value)}; expected an object`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function quoted(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`
}

function saidOf(value: unknown): string {
  if (value === undefined) return 'is missing'
  if (typeof value === 'string') return `is ${quoted(value)}`
  if (Array.isArray(value)) return 'is a list'
  return typeof value === 'object' && value !== null ? 'is an object' : `is ${String(value)}`
}

const fromExport = 'hermes sessions export KEY -o FILE.json writes one that can be imported'

function bad(file: string, what: string, suggestions: readonly string[] = [fromExport]): HermesError {
  return new HermesError(`${visibleText(file)}: ${visibleText(what.toWellFormed())}`, {
    code: 'session/bad-file',
    exit: exitCodes.usage,
    suggestions,
  })
}
