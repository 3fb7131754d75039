import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import {errnoOf} from '../../errors.js'
import {bootId, isSameProcess, processBirth} from '../../platform.js'
import {type AgentRecord, readRecords, type StoredAgentSession} from './records.js'

/** The process that has a session open. `since`: UTC, milliseconds. */
export interface SessionOwner {
  pid: number
  birth: string | undefined
  boot: string | undefined
  since: number
}

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
      // Also where a file or a folder of something else lies among them.
      if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '')) return undefined
      throw error
    }
    return readRecords(text.split('\n').flatMap(recordOf))
  }

  /** All, or of the files those that were written last; the one that was active last first. */
  list(limit = Number.POSITIVE_INFINITY): StoredAgentSession[] {
    let keys: string[]
    try {
      const names = readdirSync(this.#folder).filter((name) => name.endsWith('.jsonl'))
      keys = names.map((name) => name.slice(0, -'.jsonl'.length))
    } catch {
      return []
    }
    if (keys.length > limit) {
      const written = new Map(keys.map((key) => [key, this.#writtenAt(key)]))
      keys = keys.sort((a, b) => (written.get(b) ?? 0) - (written.get(a) ?? 0)).slice(0, limit)
    }
    return keys.flatMap((key) => this.read(key) ?? []).sort((a, b) => b.lastActive - a.lastActive)
  }

  open(key: string): Journal {
    mkdirSync(this.#folder, {recursive: true, mode: 0o700})
    return new Journal(this.#file(key))
  }

  /**
   * Nobody else may open the session until it is let go of, or this process is gone. Returns who has it, where that is
   * another process that lives.
   */
  claim(key: string): SessionOwner | undefined {
    mkdirSync(this.#folder, {recursive: true, mode: 0o700})
    const file = this.#ownerFile(key)
    const self: SessionOwner = {pid: process.pid, birth: processBirth(process.pid), boot: bootId(), since: Date.now()}
    for (let tries = 0; tries < 3; tries++) {
      try {
        writeFileSync(file, JSON.stringify(self), {flag: 'wx', mode: 0o600})
        return undefined
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error
      }
      const other = ownerIn(file)
      if (other?.pid === process.pid && other.birth === self.birth) return undefined
      if (other && isSameProcess(other)) return other
      // Of one that was killed.
      rmSync(file, {force: true})
    }
    return undefined
  }

  /** Another process has the session open. */
  holder(key: string): SessionOwner | undefined {
    const owner = ownerIn(this.#ownerFile(key))
    return owner && owner.pid !== process.pid && isSameProcess(owner) ? owner : undefined
  }

  letGo(key: string): void {
    const file = this.#ownerFile(key)
    if (ownerIn(file)?.pid === process.pid) rmSync(file, {force: true})
  }

  remove(key: string): void {
    rmSync(this.#file(key), {force: true})
    // Of one that was killed; whoever has it open is asked before.
    rmSync(this.#ownerFile(key), {force: true})
  }

  /** A line of a stored session that is not open here. */
  add(key: string, record: AgentRecord): void {
    // Not into what a death may have torn.
    appendFileSync(this.#file(key), `\n${JSON.stringify(record)}\n`)
  }

  #writtenAt(key: string): number {
    return statSync(this.#file(key), {throwIfNoEntry: false})?.mtimeMs ?? 0
  }

  #ownerFile(key: string): string {
    return path.join(this.#folder, `${key}.owner`)
  }

  #file(key: string): string {
    return path.join(this.#folder, `${key}.jsonl`)
  }
}

/** All that were held with any agent, or so many of each; the one that was active last first. */
export function allAgentSessions(home: string, ofEach?: number): StoredAgentSession[] {
  return agentsOf(home)
    .flatMap((agent) => new AgentJournals(home, agent).list(ofEach))
    .sort((a, b) => b.lastActive - a.lastActive)
}

/** The one with that key, whichever agent it was held with; undefined where there is none. */
export function agentSession(home: string, key: string): StoredAgentSession | undefined {
  for (const agent of agentsOf(home)) {
    const found = new AgentJournals(home, agent).read(key)
    if (found) return found
  }
  return undefined
}

function agentsOf(home: string): string[] {
  try {
    return readdirSync(path.join(home, 'agents'))
  } catch {
    return []
  }
}

/** A journal that is written. A line that was torn by a death is passed over, and the next one begins anew. */
export class Journal {
  readonly #file: string
  #fd: number | undefined
  /** What it ends with may be half a line. */
  #torn = true

  constructor(file: string) {
    this.#file = file
  }

  /** Throws where it can't be written: what is not kept is not shown. */
  write(record: AgentRecord): void {
    this.#fd ??= openSync(this.#file, 'a', 0o600)
    const line = Buffer.from(`${this.#torn ? '\n' : ''}${JSON.stringify(record)}\n`)
    this.#torn = true
    const written = writeSync(this.#fd, line)
    // A disk that gets full takes a part of it, and says nothing.
    if (written < line.length) writeSync(this.#fd, line, written)
    this.#torn = false
    // The person's words and the end of a turn outlive the machine too.
    if (record.t === 'prompt' || record.t === 'end') fsyncSync(this.#fd)
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#torn = true
  }
}

/** Undefined where nobody has it, or what is written there is no owner. */
function ownerIn(file: string): SessionOwner | undefined {
  try {
    const owner: SessionOwner = JSON.parse(readFileSync(file, 'utf8'))
    return typeof owner?.pid === 'number' ? owner : undefined
  } catch {
    return undefined
  }
}

function recordOf(line: string): AgentRecord[] {
  if (line === '') return []
  try {
    const record: unknown = JSON.parse(line)
    return isRecord(record) ? [record] : []
  } catch {
    return []
  }
}

/** Members without which nothing can be made of a record, by their type. */
const needed: Readonly<Record<string, Readonly<Record<string, 'string' | 'number'>>>> = {
  session: {key: 'string', agent: 'string', cwd: 'string', at: 'number'},
  'agent-session': {id: 'string', at: 'number'},
  title: {title: 'string'},
  prompt: {id: 'string', text: 'string', at: 'number'},
  text: {text: 'string'},
  reasoning: {text: 'string'},
  end: {at: 'number'},
  died: {at: 'number'},
  continue: {at: 'number'},
}

function isRecord(read: unknown): read is AgentRecord {
  const {t, ...members} = (read ?? {}) as Record<string, unknown>
  if (typeof t !== 'string') return false
  const wanted = Object.hasOwn(needed, t) ? needed[t] : undefined
  return Object.entries(wanted ?? {}).every(([name, type]) => typeof members[name] === type)
}
