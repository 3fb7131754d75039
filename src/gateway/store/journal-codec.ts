import {StoredJson} from './contents/stored-json.js'
import type {Row} from './sqlite/database.js'
import type {JournalEntry, KnownCall} from './types.js'

/** A journal entry as it was stored, with the time it was written. */
export interface Journaled {
  at: number
  entry: JournalEntry
}

export interface JournalRow extends Row {
  at: number
  kind: string
  data: string
}

/** How long text grows before it is one piece: a string that grows by single tokens holds 64 bytes for each. */
const PIECE_CHARS = 64 * 1024

/**
 * Entries that were written together, as the payload of a record: JSON `[at, kind, data, kind, data, …]`, which keeps a
 * half of a surrogate pair that one chunk ends with and the next one begins with.
 */
export function encodeBatch({at, entries}: {at: number; entries: readonly JournalEntry[]}): Buffer | undefined {
  const members: unknown[] = []
  for (const {entry} of joined(entries.map((entry) => ({at, entry})))) members.push(entry.kind, dataOf(entry))
  return members.length === 0 ? undefined : Buffer.from(JSON.stringify([at, ...members]))
}

/** @throws Error where it is nothing that {@link encodeBatch} made. */
export function decodeBatch(payload: Buffer): Journaled[] {
  const [at, ...members]: unknown[] = JSON.parse(payload.toString('utf8'))
  if (typeof at !== 'number') throw new TypeError('A batch of the journal has no time')
  const entries: Journaled[] = []
  for (let index = 0; index + 1 < members.length; index += 2) {
    entries.push({at, entry: decodeEntry(String(members[index]), members[index + 1])})
  }
  return entries
}

/** Entries of the table that journals were in before they were files. */
export function decodeRows(rows: readonly JournalRow[]): Journaled[] {
  return rows.map(({at, kind, data}) => ({at, entry: decodeEntry(kind, JSON.parse(data))}))
}

/** Neighbouring text (or reasoning) as one entry, of at most some 64 K characters and one piece. */
export function* joined(journal: Iterable<Journaled>): Generator<Journaled> {
  let run: {at: number; kind: 'text' | 'reasoning'; pieces: string[]; length: number} | undefined
  for (const {at, entry} of journal) {
    const isText = entry.kind === 'text' || entry.kind === 'reasoning'
    if (run && (run.kind !== entry.kind || run.length >= PIECE_CHARS)) {
      yield {at: run.at, entry: {kind: run.kind, text: run.pieces.join('')}}
      run = undefined
    }
    if (!isText) yield {at, entry}
    else if (entry.text !== '') {
      run ??= {at, kind: entry.kind, pieces: [], length: 0}
      run.pieces.push(entry.text)
      run.length += entry.text.length
    }
  }
  if (run) yield {at: run.at, entry: {kind: run.kind, text: run.pieces.join('')}}
}

function dataOf(entry: JournalEntry): unknown {
  if (entry.kind === 'text' || entry.kind === 'reasoning') return entry.text
  const {kind, ...data} = entry
  if (kind === 'tool-end' && entry.result instanceof StoredJson) {
    const {result, ...rest} = entry
    return {...rest, file: entry.result.file}
  }
  return data
}

function decodeEntry(kind: string, data: unknown): JournalEntry {
  if (kind === 'text' || kind === 'reasoning') return {kind, text: String(data)}
  const members = data as Record<string, unknown>
  switch (kind) {
    case 'calls':
      return {kind, calls: (members.calls as Record<string, unknown>[]).map(toCall)}
    case 'started':
    case 'asked':
    case 'allowed':
      return {kind, id: String(members.id)}
    case 'tool-start':
      return {kind, ...toCall(members)}
    case 'tool-end':
      return {
        kind,
        id: String(members.id),
        result: typeof members.file === 'string' ? StoredJson.inFile(members.file) : members.result,
        durationS: Number(members.durationS),
        ...(members.denied === undefined ? {} : {denied: members.denied === true}),
      }
    case 'steer':
    case 'steered':
      return {kind, id: String(members.id), text: String(members.text)}
    case 'signed':
      return {kind, step: String(members.step)}
    case 'step-end':
      return {kind}
    default:
      throw new TypeError(`Unknown journal entry "${kind}"`)
  }
}

function toCall({id, name, context, args}: Record<string, unknown>): KnownCall {
  return {id: String(id), name: String(name), context: String(context), args}
}
