import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import {errnoOf} from '../../errors.js'
import {type AgentRecord, readRecords, type StoredAgentSession} from './records.js'

/** The sessions that were held with an agent: a file each, of which every line is on disk before it is shown. */
export class AgentJournals {
  readonly #folder: string

  /** `home`: `$HERMES_HOME`. */
  constructor(home: string, agent: string) {
    this.#folder = path.join(home, 'agents', agent)
  }

  /** What the key names; undefined where nothing does. */
  read(key: string): StoredAgentSession | undefined {
    if (!/^[\w-]+$/.test(key)) return undefined
    let text: string
    try {
      text = readFileSync(this.#file(key), 'utf8')
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    }
    return readRecords(text.split('\n').flatMap(recordOf))
  }

  /** All, the one that was active last first. */
  list(): StoredAgentSession[] {
    let names: string[]
    try {
      names = readdirSync(this.#folder)
    } catch {
      return []
    }
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => this.read(name.slice(0, -'.jsonl'.length)) ?? [])
      .sort((a, b) => b.lastActive - a.lastActive)
  }

  open(key: string): Journal {
    mkdirSync(this.#folder, {recursive: true, mode: 0o700})
    return new Journal(this.#file(key))
  }

  remove(key: string): void {
    rmSync(this.#file(key), {force: true})
  }

  /** A line of a stored session that is not open here. */
  add(key: string, record: AgentRecord): void {
    appendFileSync(this.#file(key), `${JSON.stringify(record)}\n`)
  }

  #file(key: string): string {
    return path.join(this.#folder, `${key}.jsonl`)
  }
}

/** A journal that is written. A line that was torn by a death is passed over, and the next one begins anew. */
export class Journal {
  readonly #file: string
  #fd: number | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** Throws where it can't be written: what is not kept is not shown. */
  write(record: AgentRecord): void {
    const first = this.#fd === undefined
    this.#fd ??= openSync(this.#file, 'a', 0o600)
    writeSync(this.#fd, `${first ? '\n' : ''}${JSON.stringify(record)}\n`)
    // The person's words and the end of a turn outlive the machine too.
    if (record.t === 'prompt' || record.t === 'end') fsyncSync(this.#fd)
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}

function recordOf(line: string): AgentRecord[] {
  if (line === '') return []
  try {
    const record: AgentRecord = JSON.parse(line)
    return typeof record?.t === 'string' ? [record] : []
  } catch {
    return []
  }
}
