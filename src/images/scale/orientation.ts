/** How a camera was held, by EXIF: 1 is upright; from 5 on width and height are exchanged. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** By the metadata of a JPEG, PNG or WebP; 1 where there is none, or what is there can't be read. Never throws. */
export function orientationOf(image: Uint8Array): Orientation {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength)
  try {
    const tiff = inJpeg(bytes) ?? inPng(bytes) ?? inWebp(bytes)
    return (tiff && valueIn(tiff)) ?? 1
  } catch {
    // An offset leads out of the file.
    return 1
  }
}

const EXIF = Buffer.from('Exif\0\0', 'latin1')

function inJpeg(bytes: Buffer): Buffer | undefined {
  if (bytes.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0
    // Any number of fill bytes may precede a marker.
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === 0xda || marker === 0xd9) return undefined
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (marker === 0xe1 && bytes.subarray(at + 4, at + 10).equals(EXIF)) return bytes.subarray(at + 10, end)
    if (end <= at + 2) return undefined
    at = end
  }
  return undefined
}

function inPng(bytes: Buffer): Buffer | undefined {
  if (bytes.toString('latin1', 1, 4) !== 'PNG') return undefined
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'eXIf')
      return bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at))
  }
  return undefined
}

function inWebp(bytes: Buffer): Buffer | undefined {
  if (bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4)
    if (bytes.toString('latin1', at, at + 4) === 'EXIF') {
      const data = bytes.subarray(at + 8, at + 8 + length)
      return data.subarray(0, 6).equals(EXIF) ? data.subarray(6) : data
    }
    at += 8 + length + (length % 2)
  }
  return undefined
}

const ORIENTATION_TAG = 0x0112

/** In the first directory of a TIFF. */
function valueIn(tiff: Buffer): Orientation | undefined {
  const order = tiff.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return undefined
  const short = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const start = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  const count = short(start)
  for (let entry = 0; entry < count; entry++) {
    const at = start + 2 + entry * 12
    if (short(at) !== ORIENTATION_TAG) continue
    const value = short(at + 8)
    return value >= 1 && value <= 8 ? (value as Orientation) : undefined
  }
  return undefined
}
