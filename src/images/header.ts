/** What all providers take; by the content of a file, never by its name. */
export const imageTypes = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
} as const

export type ImageKind = keyof typeof imageTypes

/** Pixels, as the header says. */
export interface ImageHeader {
  kind: ImageKind
  width: number
  height: number
}

/** So many bytes tell the kind. */
export const MAGIC_BYTES = 16

/** The kind by the first bytes; undefined where it is none of them. */
export function imageKind(start: Uint8Array): ImageKind | undefined {
  const bytes = bufferOf(start)
  if (bytes.subarray(0, 8).equals(PNG)) return 'png'
  if (bytes.length > 2 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg'
  const text = (from: number, to: number) => bytes.toString('latin1', from, to)
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return 'gif'
  return text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP' ? 'webp' : undefined
}

/**
 * Kind and size of a whole image; what is wrong with it in words where it is one that is damaged or cut; undefined where
 * it is no image. Nothing is decoded.
 */
export function imageHeader(content: Uint8Array): ImageHeader | string | undefined {
  const kind = imageKind(content)
  if (!kind) return undefined
  const size = readers[kind](bufferOf(content))
  if (typeof size === 'string') return size
  const [width, height] = size
  return width > 0 && height > 0 ? {kind, width, height} : 'its header says that it has no pixels'
}

/** Of a GIF the first frame is decoded, which may be larger than the picture. */
export function decodedPixels({kind, width, height}: ImageHeader, content: Uint8Array): number {
  const whole = width * height
  return kind === 'gif' ? Math.max(whole, firstFrame(bufferOf(content))) : whole
}

/** Pixels of the first frame of a GIF; 0 where there is none. */
function firstFrame(bytes: Buffer): number {
  const colours = (packed = 0) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0)
  let at = 13 + colours(bytes[10])
  while (bytes[at] === 0x21) {
    // An extension: its kind, then pieces, each behind its length, up to an empty one.
    at += 2
    while (bytes[at]) at += 1 + (bytes[at] ?? 0)
    at++
  }
  return bytes[at] === 0x2c && at + 9 <= bytes.length ? bytes.readUInt16LE(at + 5) * bytes.readUInt16LE(at + 7) : 0
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const CUT = 'it is cut off'

type Size = readonly [width: number, height: number]

const readers: Readonly<Record<ImageKind, (bytes: Buffer) => Size | string>> = {png, jpeg, gif, webp}

/** Chunk after chunk up to `IEND`: some programs write more behind it. */
function png(bytes: Buffer): Size | string {
  if (bytes.length < 33) return CUT
  if (bytes.readUInt32BE(8) !== 13 || bytes.toString('latin1', 12, 16) !== 'IHDR') return 'its header is damaged'
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  }
  return CUT
}

/** The first frame header, of any coding; and after it the end of the picture. */
function jpeg(bytes: Buffer): Size | string {
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return 'its header is damaged'
    const marker = bytes[at + 1] ?? 0
    // Any number of fill bytes may precede a marker.
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2
      continue
    }
    if (marker === 0xda || marker === 0xd9) return 'its header is damaged'
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) {
      if (at + 9 > bytes.length) return CUT
      const end = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]))
      return end > at ? [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)] : CUT
    }
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return 'its header is damaged'
    at += 2 + length
  }
  return CUT
}

function gif(bytes: Buffer): Size | string {
  if (bytes.length < 14 || bytes.lastIndexOf(0x3b) < 13) return CUT
  return [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]
}

function webp(bytes: Buffer): Size | string {
  if (bytes.length < 30 || bytes.readUInt32LE(4) + 8 > bytes.length) return CUT
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]
    case 'VP8L': {
      if (bytes[20] !== 0x2f) return 'its header is damaged'
      const bits = bytes.readUInt32LE(21)
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
    }
    case 'VP8 ': {
      if (bytes[23] !== 0x9d || bytes[24] !== 0x01 || bytes[25] !== 0x2a) return 'its header is damaged'
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff]
    }
    default:
      return 'its header is damaged'
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
