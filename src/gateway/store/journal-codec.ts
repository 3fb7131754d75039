import type {Row} from './sqlite/database.js'
import type {JournalEntry, KnownCall} from './types.js'

/** A journal entry as it was stored, with the time it was written. */
export interface Journaled {
  at: number
  entry: JournalEntry
}

export interface EncodedEntry {
  kind: JournalEntry['kind']
  /** JSON, which keeps a half of a surrogate pair that one chunk ends with and the next one begins with. */
  data: string
}

export interface JournalRow extends Row {
  at: number
  kind: string
  data: string
}

/** Entries as rows; neighbouring text (or reasoning) becomes one row. */
export function encodeJournal(entries: readonly JournalEntry[]): EncodedEntry[] {
  const rows: EncodedEntry[] = []
  let run: {kind: 'text' | 'reasoning'; text: string} | undefined
  const flush = () => {
    if (run?.text) rows.push({kind: run.kind, data: JSON.stringify(run.text)})
    run = undefined
  }
  for (const entry of entries) {
    if (entry.kind === 'text' || entry.kind === 'reasoning') {
      if (run?.kind !== entry.kind) flush()
      run = {kind: entry.kind, text: (run?.text ?? '') + entry.text}
      continue
    }
    flush()
    const {kind, ...data} = entry
    rows.push({kind, data: JSON.stringify(data)})
  }
  flush()
  return rows
}

export function decodeJournal(rows: readonly JournalRow[]): Journaled[] {
  return rows.map(({at, kind, data}) => ({at, entry: decodeEntry(kind, JSON.parse(data))}))
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
        result: members.result,
        durationS: Number(members.durationS),
        ...(members.denied === undefined ? {} : {denied: members.denied === true}),
      }
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
