import {closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync} from 'node:fs'
import path from 'node:path'

/** Entries kept in memory; the file is cut back to as many when it holds twice that. */
export const HISTORY_LIMIT = 1000

/** What was entered before, oldest first: JSON strings, one a line, shared by all runs of the program. */
export class History {
  readonly #file: string
  #entries: string[]

  constructor(file: string) {
    this.#file = file
    const lines = readLines(file)
    this.#entries = lines.flatMap(parseEntry).slice(-HISTORY_LIMIT)
    if (lines.length > 2 * HISTORY_LIMIT) this.#trim()
  }

  get entries(): readonly string[] {
    return this.#entries
  }

  /** Does nothing for blank text or a repetition of the last entry. Never throws: a full disk must not stop a prompt. */
  add(text: string): void {
    if (text.trim() === '' || text === this.#entries.at(-1)) return
    this.#entries = [...this.#entries, text].slice(-HISTORY_LIMIT)
    try {
      mkdirSync(path.dirname(this.#file), {recursive: true, mode: 0o700})
      // One write to an O_APPEND descriptor: two chats that add at the same time do not mix their lines.
      const descriptor = openSync(this.#file, 'a', 0o600)
      try {
        writeSync(descriptor, `${JSON.stringify(text)}\n`)
      } finally {
        closeSync(descriptor)
      }
    } catch {
      // The entry is still there for this run.
    }
  }

  /** The `skip`-th newest entry that contains `query`. */
  find(query: string, skip: number): string | undefined {
    if (query === '') return undefined
    const wanted = query.toLowerCase()
    const matches = this.#entries.filter((entry) => entry.toLowerCase().includes(wanted))
    return matches.at(-1 - skip)
  }

  #trim(): void {
    try {
      const temporary = `${this.#file}.${process.pid}.tmp`
      writeFileSync(temporary, this.#entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), {mode: 0o600})
      renameSync(temporary, this.#file)
    } catch {
      // Too long a file costs milliseconds; nothing more.
    }
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

function parseEntry(line: string): string[] {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'string' ? [entry] : []
  } catch {
    return []
  }
}

/** Walks through the history with Up and Down; the draft that was being typed comes back at the end. */
export interface HistoryWalk {
  /** Steps back from the newest entry; 0 is the draft. */
  back: number
  draft: string
}

export function walkHistory(
  entries: readonly string[],
  walk: HistoryWalk,
  text: string,
  delta: 1 | -1,
): {walk: HistoryWalk; text: string} | undefined {
  const draft = walk.back === 0 ? text : walk.draft
  const back = walk.back + delta
  if (back < 0 || back > entries.length) return undefined
  return {walk: {back, draft}, text: back === 0 ? draft : (entries.at(-back) ?? '')}
}
