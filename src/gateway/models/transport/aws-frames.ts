import {crc32} from 'node:zlib'

/**
 * Frames of AWS (`application/vnd.amazon.eventstream`): length of all and of the headers, a checksum of both, headers, payload,
 * a checksum of all; numbers big-endian.
 */
export interface Frame {
  /** Those that are text. */
  headers: Readonly<Record<string, string>>
  payload: Buffer
}

/** AWS sends 16 MB of payload and 128 KB of headers at most. */
const MAX_FRAME = 17 * 1024 * 1024
const PRELUDE = 12
const CHECKSUM = 4
const TEXT = 7

/** Bytes of a value by its type; those of 6 and 7 begin with their length. */
const sizes: Readonly<Record<number, number>> = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}

/** Frames out of bytes in pieces of any size. */
export class FrameReader {
  #pieces: Buffer[] = []
  #held = 0

  /** Bytes of a frame that is not whole. */
  get rest(): number {
    return this.#held
  }

  /** Throws where the bytes are no such frames. */
  *push(piece: Uint8Array): Generator<Frame> {
    this.#pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
    this.#held += piece.length
    for (;;) {
      if (this.#held < PRELUDE) return
      const head = this.#joined(PRELUDE)
      const length = head.readUInt32BE(0)
      if (crc32(head.subarray(0, 8)) !== head.readUInt32BE(8) || length < PRELUDE + CHECKSUM || length > MAX_FRAME) {
        throw new Error('the answer has a damaged frame')
      }
      if (this.#held < length) return
      const bytes = this.#joined(length)
      const whole = bytes.subarray(0, length)
      this.#pieces = [bytes.subarray(length)]
      this.#held = bytes.length - length
      yield frameOf(whole)
    }
  }

  /** All that is held, once as much is needed: joined at each piece, a frame of megabytes would be copied each time. */
  #joined(needed: number): Buffer {
    const [first] = this.#pieces
    if (first && first.length >= needed) return first
    const joined = Buffer.concat(this.#pieces)
    this.#pieces = [joined]
    return joined
  }
}

function frameOf(whole: Buffer): Frame {
  const end = whole.length - CHECKSUM
  const headersEnd = PRELUDE + whole.readUInt32BE(4)
  if (headersEnd > end || crc32(whole.subarray(0, end)) !== whole.readUInt32BE(end)) {
    throw new Error('the answer has a damaged frame')
  }
  return {headers: headersOf(whole.subarray(PRELUDE, headersEnd)), payload: whole.subarray(headersEnd, end)}
}

function headersOf(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at)
    const name = bytes.toString('utf8', at + 1, nameEnd)
    const type = bytes.readUInt8(nameEnd)
    const start = nameEnd + 1
    const known = sizes[type]
    const from = known === undefined ? start + 2 : start
    const to = from + (known ?? bytes.readUInt16BE(start))
    if (type === TEXT) headers[name] = bytes.toString('utf8', from, to)
    at = to
  }
  return headers
}

/** A frame with headers that are text. */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = Object.entries(headers).flatMap(([name, value]) => {
    const [named, said] = [Buffer.from(name), Buffer.from(value)]
    return [Buffer.from([named.length]), named, Buffer.from([TEXT, said.length >> 8, said.length & 0xff]), said]
  })
  const body = Buffer.concat([...head, payload])
  const prelude = Buffer.alloc(PRELUDE)
  prelude.writeUInt32BE(PRELUDE + body.length + CHECKSUM, 0)
  prelude.writeUInt32BE(body.length - payload.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const whole = Buffer.concat([prelude, body])
  const checksum = Buffer.alloc(CHECKSUM)
  checksum.writeUInt32BE(crc32(whole))
  return Buffer.concat([whole, checksum])
}
