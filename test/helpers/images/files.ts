import {crc32, deflateSync} from 'node:zlib'
import fc from 'fast-check'
import type {ImageKind} from '../../../src/images/header.js'

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

function uint(bytes: number, value: number, order: 'BE' | 'LE'): Buffer {
  const buffer = Buffer.alloc(bytes)
  if (order === 'BE') buffer.writeUIntBE(value, 0, bytes)
  else buffer.writeUIntLE(value, 0, bytes)
  return buffer
}

/** A grey picture that can be decoded; with `rows` fewer than its header says, where it would be large. */
export function png(width: number, height: number, rows = Math.min(height, 8)): Buffer {
  const head = Buffer.concat([uint(4, width, 'BE'), uint(4, height, 'BE'), Buffer.from([8, 0, 0, 0, 0])])
  const pixels = deflateSync(Buffer.alloc((1 + Math.min(width, 10_000)) * rows, 0x55))
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([magic, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

/** `before`: segments between the start and the frame header, as cameras write them. */
export function jpeg(width: number, height: number, before: readonly Buffer[] = []): Buffer {
  const segment = (marker: number, data: Buffer) =>
    Buffer.concat([Buffer.from([0xff, marker]), uint(2, data.length + 2, 'BE'), data])
  const frame = Buffer.concat([
    Buffer.from([8]),
    uint(2, height, 'BE'),
    uint(2, width, 'BE'),
    Buffer.from([1, 1, 17, 0]),
  ])
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...before.map((data) => segment(0xe1, data)),
    segment(0xc2, frame),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([1, 2, 3, 0xff, 0x00, 4, 0xff, 0xd9]),
  ])
}

export function gif(width: number, height: number): Buffer {
  const head = Buffer.concat([uint(2, width, 'LE'), uint(2, height, 'LE'), Buffer.from([0, 0, 0])])
  const picture = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]
  return Buffer.concat([Buffer.from('GIF89a', 'latin1'), head, Buffer.from(picture)])
}

export function webp(width: number, height: number, form: 'VP8X' | 'VP8L' | 'VP8 ' = 'VP8X'): Buffer {
  const data = {
    VP8X: () => Buffer.concat([Buffer.alloc(4), uint(3, width - 1, 'LE'), uint(3, height - 1, 'LE')]),
    VP8L: () =>
      Buffer.concat([Buffer.from([0x2f]), uint(4, (width - 1) | ((height - 1) << 14), 'LE'), Buffer.alloc(5)]),
    'VP8 ': () =>
      Buffer.concat([
        Buffer.from([0, 0, 0, 0x9d, 1, 0x2a]),
        uint(2, width, 'LE'),
        uint(2, height, 'LE'),
        Buffer.alloc(2),
      ]),
  }[form]()
  const body = Buffer.concat([Buffer.from(`WEBP${form}`, 'latin1'), uint(4, data.length, 'LE'), data])
  return Buffer.concat([Buffer.from('RIFF', 'latin1'), uint(4, body.length, 'LE'), body])
}

export interface Made {
  kind: ImageKind
  width: number
  height: number
  bytes: Buffer
}

const side = (max: number) => fc.oneof(fc.integer({min: 1, max: 40}), fc.integer({min: 1, max}))
const made = (kind: ImageKind, max: number, bytes: fc.Arbitrary<(width: number, height: number) => Buffer>) =>
  fc
    .tuple(side(max), side(max), bytes)
    .map(([width, height, make]): Made => ({kind, width, height, bytes: make(width, height)}))

/** Images of every kind and form, with any size that their headers can say. */
export const images: fc.Arbitrary<Made> = fc.oneof(
  made(
    'png',
    2 ** 31 - 1,
    fc.constant((width, height) => png(width, height, 1)),
  ),
  made(
    'jpeg',
    65_535,
    fc.array(fc.uint8Array({maxLength: 40}), {maxLength: 3}).map((before) => {
      const segments = before.map((data) => Buffer.from(data))
      return (width: number, height: number) => jpeg(width, height, segments)
    }),
  ),
  made('gif', 65_535, fc.constant(gif)),
  made(
    'webp',
    2 ** 24,
    fc.constant((width, height) => webp(width, height, 'VP8X')),
  ),
  made(
    'webp',
    2 ** 14,
    fc.constant((width, height) => webp(width, height, 'VP8L')),
  ),
  made(
    'webp',
    2 ** 14 - 1,
    fc.constant((width, height) => webp(width, height, 'VP8 ')),
  ),
)
