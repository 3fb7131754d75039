import {readdirSync, renameSync, rmSync} from 'node:fs'
import path from 'node:path'
import {errnoOf, messageOf} from '../../../errors.js'
import {toStoreError} from '../sqlite/sqlite-errors.js'
import {JournalWriter, readChunks} from './journal-file.js'
import {
  decodeRecords,
  encodeRecord,
  fileHead,
  type JournalOf,
  ownerInHead,
  type RecordState,
  stateAfterHead,
} from './records.js'

/** What is in flight of the turns that run: a journal each. All but `append` and `read` never throws. */
export interface Journals {
  /**
   * Adds a record, which a process that dies from here on leaves behind. Returns what takes it back.
   *
   * @throws what the system says, HermesError `store/…`; the journal is then as it was
   */
  append(of: JournalOf, payload: Buffer): () => void
  /** The payloads of the journal, none where there is none. `onLoss` is told why it ends before its end. */
  read(of: JournalOf, onLoss?: (loss: JournalLoss) => void): Iterable<Buffer>
  /** Its entries are stored elsewhere. */
  remove(of: JournalOf): void
  /** Keeps what could not be read for a person to look at, until the session is deleted. */
  setAside(of: JournalOf): void
  /** Removes all that there is of a turn. */
  removeTurns(turnIds: readonly number[]): void
  /** Journals that are there, and that a process may have left that died before it could remove them. */
  list(): JournalOf[]
  /** Another process has the turn now. */
  release(turnId: number): void
  close(): void
}

export interface JournalLoss {
  /** For the log: what was left out of which file, and why. */
  text: string
}

/** Refusals that stay: the session can be used without what was in flight. Any other may be gone a moment later. */
const lasting = new Set(['EACCES', 'EPERM', 'ELOOP', 'EISDIR', 'ENXIO', 'ENODEV', 'EFTYPE'])

const ASIDE = '.unread'

/** Files beside the database `file`, named by turn and id. */
export class FileJournals implements Journals {
  readonly #database: string
  readonly #synced: boolean
  readonly #writers = new Map<number, JournalWriter>()

  constructor(database: string, {synced}: {synced: boolean}) {
    this.#database = database
    this.#synced = synced
  }

  append(of: JournalOf, payload: Buffer): () => void {
    let writer = this.#writers.get(of.turnId)
    if (writer?.of.id !== of.id) {
      writer?.close()
      writer = new JournalWriter(this.#fileOf(of), of, this.#synced)
      this.#writers.set(of.turnId, writer)
    }
    return writer.append(payload)
  }

  *read(of: JournalOf, onLoss: (loss: JournalLoss) => void = () => {}): Generator<Buffer> {
    const file = this.#fileOf(of)
    try {
      const {broken, state} = yield* decodeRecords(readChunks(file), fileHead(of))
      if (!broken) return
      const how = {torn: 'breaks off', damaged: 'is damaged', foreign: 'is no journal of this turn'}[broken.how]
      onLoss({text: `${file} ${how} at byte ${broken.at}: kept are the ${state.sequence} records before it`})
    } catch (error) {
      if (!lasting.has(errnoOf(error) ?? '')) throw toStoreError(error, file)
      onLoss({text: `${file} is not read: ${messageOf(error)}`})
    }
  }

  remove(of: JournalOf): void {
    this.release(of.turnId)
    removeFile(this.#fileOf(of))
  }

  setAside(of: JournalOf): void {
    this.release(of.turnId)
    const file = this.#fileOf(of)
    try {
      renameSync(file, file + ASIDE)
    } catch {
      // It stays where it is; no turn asks for it any more.
    }
  }

  removeTurns(turnIds: readonly number[]): void {
    if (turnIds.length === 0) return
    const gone = new Set(turnIds)
    for (const turnId of gone) this.release(turnId)
    for (const {name, turnId} of this.#found()) if (gone.has(turnId)) removeFile(this.#beside(name))
  }

  list(): JournalOf[] {
    const journals: JournalOf[] = []
    for (const {name, id, turnId} of this.#found()) {
      const of = name.endsWith(ASIDE) ? undefined : this.#headOf(name)
      if (of?.id === id && of.turnId === turnId) journals.push(of)
    }
    return journals
  }

  #headOf(name: string): JournalOf | undefined {
    try {
      for (const chunk of readChunks(this.#beside(name))) return ownerInHead(chunk.subarray(0, 1024))
    } catch {}
    return undefined
  }

  #found(): {name: string; turnId: number; id: string}[] {
    const base = path.basename(this.#database)
    try {
      return readdirSync(path.dirname(this.#database)).flatMap((name) => {
        const [, turnId, id = ''] = name.startsWith(base)
          ? (/^-turn-(\d+)-([0-9a-f]+)(?:\.unread)?$/.exec(name.slice(base.length)) ?? [])
          : []
        return turnId === undefined ? [] : [{name, turnId: Number(turnId), id}]
      })
    } catch {
      return []
    }
  }

  #fileOf({turnId, id}: JournalOf): string {
    return `${this.#database}-turn-${turnId}-${id}`
  }

  #beside(name: string): string {
    return path.join(path.dirname(this.#database), name)
  }

  release(turnId: number): void {
    this.#writers.get(turnId)?.close()
    this.#writers.delete(turnId)
  }

  close(): void {
    for (const writer of this.#writers.values()) writer.close()
    this.#writers.clear()
  }
}

/** For a database in memory, which is gone with its process too; in the bytes of a file, so that their way is rehearsed. */
export class MemoryJournals implements Journals {
  readonly #journals = new Map<string, {chunks: Buffer[]; state: RecordState}>()

  append(of: JournalOf, payload: Buffer): () => void {
    const head = fileHead(of)
    const journal = this.#journals.get(of.id) ?? {chunks: [head], state: stateAfterHead(head)}
    const before = journal.state
    const {bytes, state} = encodeRecord(payload, before)
    journal.chunks.push(bytes)
    journal.state = state
    this.#journals.set(of.id, journal)
    return () => {
      journal.chunks.pop()
      journal.state = before
    }
  }

  *read(of: JournalOf): Generator<Buffer> {
    yield* decodeRecords(this.#journals.get(of.id)?.chunks ?? [], fileHead(of))
  }

  remove({id}: JournalOf): void {
    this.#journals.delete(id)
  }

  setAside(of: JournalOf): void {
    this.remove(of)
  }

  removeTurns(): void {}

  list(): JournalOf[] {
    return []
  }

  release(): void {}

  close(): void {
    this.#journals.clear()
  }
}

function removeFile(file: string): void {
  try {
    rmSync(file, {force: true})
  } catch {
    // What is left is removed when the sessions are tidied.
  }
}
