import {crc32} from './crc32.js'

/** Whose journal a file is. */
export interface JournalOf {
  sessionKey: string
  turnId: number
  /** Another one after each fold: the turn's row names the one that is not folded yet. */
  id: string
}

/** Where a file of records goes on. The checksum is of all that is before. */
export interface RecordState {
  /** Bytes that are whole. */
  length: number
  sequence: number
  checksum: number
}

/** Why a file is not read to its end. `torn`: its last record was not written to the end, and so never shown. */
export interface BrokenEnd {
  how: 'torn' | 'damaged' | 'foreign'
  /** Where, in bytes. */
  at: number
}

/** Larger ones are neither written nor read: SQLite takes 1 GB in a row, and V8 512 MB in a string. */
export const MAX_JOURNAL_BYTES = 256 * 1024 * 1024

/** Length of the payload, checksum, sequence: little-endian, 4 bytes each. */
const HEAD_BYTES = 12

/** The first line of a file says whose it is; it is the first thing that the checksum is of. */
export function fileHead({sessionKey, turnId, id}: JournalOf): Buffer {
  return Buffer.from(`hermes-journal 1 ${JSON.stringify({session: sessionKey, turn: turnId, id})}\n`)
}

/** Whose file begins so; undefined where it is none of ours. */
export function ownerInHead(bytes: Buffer): JournalOf | undefined {
  const line = /^hermes-journal 1 (\{.*\})\n/.exec(bytes.toString('latin1'))?.[1]
  try {
    const {session, turn, id} = JSON.parse(line ?? '')
    return {sessionKey: String(session), turnId: Number(turn), id: String(id)}
  } catch {
    return undefined
  }
}

export function stateAfterHead(head: Buffer): RecordState {
  return {length: head.length, sequence: 0, checksum: crc32(head)}
}

/** A record of `payload` behind what `state` tells of, and the state after it. */
export function encodeRecord(payload: Buffer, state: RecordState): {bytes: Buffer; state: RecordState} {
  const head = Buffer.allocUnsafe(HEAD_BYTES)
  const sequence = state.sequence + 1
  head.writeUInt32LE(payload.length, 0)
  head.writeUInt32LE(sequence, 8)
  const checksum = checksumOf(head, payload, state.checksum)
  head.writeUInt32LE(checksum, 4)
  const bytes = Buffer.concat([head, payload])
  return {bytes, state: {length: state.length + bytes.length, sequence, checksum}}
}

function checksumOf(head: Buffer, payload: Buffer, before: number): number {
  return crc32(payload, crc32(head.subarray(8, HEAD_BYTES), crc32(head.subarray(0, 4), before)))
}

/**
 * The payloads of the records in `chunks`, a file that begins with `head`, up to the first one that is not whole. Returns
 * the state after the last of them, and what is wrong with the rest. Never throws by itself.
 */
export function* decodeRecords(
  chunks: Iterable<Buffer>,
  head: Buffer,
): Generator<Buffer, {state: RecordState; broken: BrokenEnd | undefined}> {
  const input = new Input(chunks)
  try {
    return yield* recordsIn(input, head)
  } finally {
    input.close()
  }
}

function* recordsIn(
  input: Input,
  head: Buffer,
): Generator<Buffer, {state: RecordState; broken: BrokenEnd | undefined}> {
  const found = input.take(head.length)
  let state: RecordState = {length: 0, sequence: 0, checksum: 0}
  const end = (how: BrokenEnd['how']) => ({state, broken: {how, at: state.length}})
  if (!found) {
    const rest = input.rest()
    return rest.length === 0
      ? {state, broken: undefined}
      : end(head.subarray(0, rest.length).equals(rest) ? 'torn' : 'foreign')
  }
  if (!found.equals(head)) return end('foreign')
  state = stateAfterHead(head)
  for (;;) {
    const start = input.take(HEAD_BYTES)
    if (!start) return input.rest().length === 0 ? {state, broken: undefined} : end('torn')
    const length = start.readUInt32LE(0)
    // Zeros are what a power cut leaves of pages that were never written.
    if (length === 0 || length > MAX_JOURNAL_BYTES) return end('damaged')
    const payload = input.take(length)
    if (!payload) return end('torn')
    const sequence = state.sequence + 1
    const checksum = checksumOf(start, payload, state.checksum)
    if (start.readUInt32LE(8) !== sequence || start.readUInt32LE(4) !== checksum) return end('damaged')
    state = {length: state.length + HEAD_BYTES + length, sequence, checksum}
    yield payload
  }
}

/** Chunks of any size as pieces of the size that is asked for. */
class Input {
  readonly #chunks: Iterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(chunks: Iterable<Buffer>) {
    this.#chunks = chunks[Symbol.iterator]()
  }

  /** Undefined where there are not so many bytes left; they stay. */
  take(length: number): Buffer | undefined {
    if (this.#held.length < length) {
      const pieces = [this.#held]
      let size = this.#held.length
      while (size < length) {
        const {done, value} = this.#chunks.next()
        if (done) break
        pieces.push(value)
        size += value.length
      }
      this.#held = Buffer.concat(pieces)
    }
    if (this.#held.length < length) return undefined
    const taken = this.#held.subarray(0, length)
    this.#held = this.#held.subarray(length)
    return taken
  }

  /** The rest is not read: the file is closed. */
  close(): void {
    this.#chunks.return?.()
  }

  /** What is left of the chunk that was begun. */
  rest(): Buffer {
    return this.#held
  }
}
