import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import {errnoOf} from '../../../errors.js'
import {NO_WAIT, oddityOf} from '../../../regular-file.js'
import {storeError} from '../sqlite/sqlite-errors.js'
import {
  decodeRecords,
  encodeRecord,
  fileHead,
  type JournalOf,
  MAX_JOURNAL_BYTES,
  type RecordState,
  stateAfterHead,
} from './records.js'

const CHUNK_BYTES = 256 * 1024

/** A link is not followed: nobody but us makes these files. */
const NO_LINK = constants.O_NOFOLLOW ?? 0

/** Adds records to the file of a journal, which it makes (0600) with the first one. All failures are thrown. */
export class JournalWriter {
  readonly of: JournalOf
  readonly #file: string
  readonly #head: Buffer
  readonly #synced: boolean
  #descriptor: number | undefined
  #state: RecordState | undefined

  /** `synced`: a record survives a power cut too. */
  constructor(file: string, of: JournalOf, synced: boolean) {
    this.of = of
    this.#file = file
    this.#head = fileHead(of)
    this.#synced = synced
  }

  /** Returns what takes the record back. After a failure the file is as it was before. */
  append(payload: Buffer): () => void {
    const descriptor = this.#open()
    const before = this.#whole(descriptor)
    const isNew = before.length === 0
    const {bytes, state} = encodeRecord(payload, isNew ? stateAfterHead(this.#head) : before)
    if (state.length > MAX_JOURNAL_BYTES) {
      throw storeError('io', `A reply of more than ${MAX_JOURNAL_BYTES / 1024 ** 2} MB is not kept (${this.#file}).`)
    }
    try {
      writeAll(descriptor, isNew ? Buffer.concat([this.#head, bytes]) : bytes, before.length)
      if (this.#synced) fdatasyncSync(descriptor)
    } catch (error) {
      this.#cutBack(before)
      throw error
    }
    this.#state = state
    return () => this.#cutBack(before)
  }

  #open(): number {
    const {O_RDWR, O_CREAT} = constants
    this.#descriptor ??= openSync(this.#file, O_RDWR | O_CREAT | NO_LINK | NO_WAIT, 0o600)
    return this.#descriptor
  }

  /** What is in the file: what was written here, unless another process has been at it. */
  #whole(descriptor: number): RecordState {
    const stats = fstatSync(descriptor)
    const oddity = oddityOf(stats)
    if (oddity !== undefined) throw storeError('io', `The journal ${this.#file} cannot be written: ${oddity}.`)
    if (stats.nlink === 0) throw storeError('removed', `Nothing is kept: the journal ${this.#file} was removed.`)
    if (this.#state?.length === stats.size) return this.#state
    const records = decodeRecords(chunksOf(descriptor), this.#head)
    let next = records.next()
    while (!next.done) next = records.next()
    const {state, broken} = next.value
    if (broken && broken.how !== 'torn') {
      throw storeError(
        'io',
        `The journal ${this.#file} cannot be gone on with: it is ${broken.how} at byte ${broken.at}.`,
      )
    }
    if (state.length < stats.size) ftruncateSync(descriptor, state.length)
    this.#state = state
    return state
  }

  /** A record behind half a one would never be read. Where it stays, it is looked for before the next one. */
  #cutBack(state: RecordState): void {
    try {
      if (this.#descriptor !== undefined) ftruncateSync(this.#descriptor, state.length)
      this.#state = state
    } catch {
      this.#state = undefined
    }
  }

  close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) ignoringErrors(() => closeSync(descriptor))
  }

  remove(): void {
    this.close()
    ignoringErrors(() => rmSync(this.#file, {force: true}))
  }
}

/**
 * The file's bytes; none where there is no such file.
 *
 * @throws what the system says, and an error with code `EFTYPE` for what is not a file
 */
export function* readChunks(file: string): Generator<Buffer> {
  let descriptor: number
  try {
    descriptor = openSync(file, constants.O_RDONLY | NO_LINK | NO_WAIT)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw error
  }
  try {
    const oddity = oddityOf(fstatSync(descriptor))
    if (oddity !== undefined) throw Object.assign(new Error(oddity), {code: 'EFTYPE'})
    yield* chunksOf(descriptor)
  } finally {
    ignoringErrors(() => closeSync(descriptor))
  }
}

function* chunksOf(descriptor: number): Generator<Buffer> {
  for (let at = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const count = readSync(descriptor, chunk, 0, CHUNK_BYTES, at)
    if (count === 0) return
    at += count
    yield chunk.subarray(0, count)
  }
}

function writeAll(descriptor: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, at + done)
  }
}

function ignoringErrors(act: () => void): void {
  try {
    act()
  } catch {}
}
