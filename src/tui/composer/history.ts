import {closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync} from 'node:fs'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import {NO_WAIT, readEndOfFile} from '../../regular-file.js'
import {labelsIn} from './label.js'
import {sentOf} from './literal.js'
import type {PastedTexts} from './pasted.js'

/** Entries kept in memory; the file is cut back to as many when it holds twice that. */
export const HISTORY_LIMIT = 1000

/** Read of the file's end. A thousand prompts of 16 KB; most have less than 100 bytes. */
const MAX_BYTES = 16 * 1_048_576

/** As `a`, but a FIFO in its place is not waited for. */
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | NO_WAIT

/**
 * What was entered before, oldest first: JSON strings, one a line, shared by all runs of the program. What has labels of
 * long texts is `{"text": …, "pasted": …}` with references to them.
 */
export class History {
  /** Why the file is not read: what is entered is then forgotten at the end. */
  readonly passedOver = new Map<string, string>()
  readonly #file: string
  readonly #pasted: PastedTexts | undefined
  #entries: string[] = []

  /** `pasted`: where long texts are; default they are nowhere. */
  constructor(file: string, pasted?: PastedTexts) {
    this.#file = file
    this.#pasted = pasted
    try {
      const {text, cut} = readEndOfFile(file, MAX_BYTES)
      const lines = text.split('\n').filter(Boolean)
      this.#entries = lines.flatMap((line) => this.#parsed(line)).slice(-HISTORY_LIMIT)
      if (cut || lines.length > 2 * HISTORY_LIMIT) this.#trim()
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.passedOver.set(file, messageOf(error))
    }
  }

  get entries(): readonly string[] {
    return this.#entries
  }

  /** A text that was sent as it stood in the draft, with labels in place of its long texts; itself where it had none. */
  folded(text: string): string {
    const lines = linesIn(text)
    for (const entry of this.#entries.toReversed()) {
      const labels = labelsIn(entry)
      // Their texts are read from disk only where they may be it. Each may end with a line end, which its label does not count.
      const rows = labels.reduce((sum, label) => sum + label.lines - 1, linesIn(entry))
      if (labels.length === 0 || lines < rows || lines > rows + labels.length) continue
      if (sentOf(entry, this.#pasted?.expand(entry).text) === text) return sentOf(entry)
    }
    return text
  }

  /** Does nothing for blank text or a repetition of the last entry. Never throws: a full disk must not stop a prompt. */
  add(text: string): void {
    if (text.trim() === '' || text === this.#entries.at(-1)) return
    this.#entries = [...this.#entries, text].slice(-HISTORY_LIMIT)
    try {
      mkdirSync(path.dirname(this.#file), {recursive: true, mode: 0o700})
      // One write to an O_APPEND descriptor: two chats that add at the same time do not mix their lines.
      const descriptor = openSync(this.#file, APPEND, 0o600)
      try {
        if (fstatSync(descriptor).isFile()) writeSync(descriptor, this.#lineOf(text))
      } finally {
        closeSync(descriptor)
      }
    } catch {
      // The entry is still there for this run.
    }
  }

  #trim(): void {
    try {
      const temporary = `${this.#file}.${process.pid}.tmp`
      writeFileSync(temporary, this.#entries.map((entry) => this.#lineOf(entry)).join(''), {mode: 0o600})
      renameSync(temporary, this.#file)
    } catch {
      // Too long a file costs milliseconds; nothing more.
    }
  }

  #lineOf(text: string): string {
    const pasted = this.#pasted?.references(text)
    return `${JSON.stringify(pasted ? {text, pasted} : text)}\n`
  }

  #parsed(line: string): string[] {
    try {
      const entry: unknown = JSON.parse(line)
      if (typeof entry === 'string') return [entry]
      if (typeof entry !== 'object' || entry === null || !('text' in entry)) return []
      const {text} = entry
      const pasted = 'pasted' in entry && typeof entry.pasted === 'object' && entry.pasted !== null ? entry.pasted : {}
      return typeof text === 'string' ? [this.#pasted?.adopt(text, {...pasted}) ?? text] : []
    } catch {
      return []
    }
  }
}

function linesIn(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
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
