import photon from '@silvia-odwyer/photon-node'

export type Pixel = (x: number, y: number) => readonly [red: number, green: number, blue: number, alpha?: number]

function pictureOf(width: number, height: number, pixel: Pixel) {
  const pixels = new Uint8Array(width * height * 4)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [red, green, blue, alpha = 255] = pixel(x, y)
      pixels.set([red, green, blue, alpha], at)
    }
  }
  return new photon.PhotonImage(pixels, width, height)
}

/** A picture that can be decoded, pixel by pixel as told. */
export function picture(kind: 'png' | 'jpeg' | 'webp', width: number, height: number, pixel: Pixel): Buffer {
  const made = pictureOf(width, height, pixel)
  const bytes = {png: () => made.get_bytes(), jpeg: () => made.get_bytes_jpeg(95), webp: () => made.get_bytes_webp()}
  const encoded = Buffer.from(bytes[kind]())
  made.free()
  return encoded
}

export interface Decoded {
  width: number
  height: number
  at(x: number, y: number): number[]
}

export function decoded(bytes: Buffer): Decoded {
  const made = photon.PhotonImage.new_from_byteslice(bytes)
  const [width, height, pixels] = [made.get_width(), made.get_height(), made.get_raw_pixels()]
  made.free()
  return {width, height, at: (x, y) => [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)]}
}

/** With EXIF that says how the camera was held, behind the start of a JPEG. */
export function withOrientation(jpeg: Buffer, orientation: number, order: 'II' | 'MM'): Buffer {
  const short = (value: number) => {
    const bytes = Buffer.alloc(2)
    if (order === 'II') bytes.writeUInt16LE(value)
    else bytes.writeUInt16BE(value)
    return bytes
  }
  const long = (value: number) => {
    const bytes = Buffer.alloc(4)
    if (order === 'II') bytes.writeUInt32LE(value)
    else bytes.writeUInt32BE(value)
    return bytes
  }
  const entry = (tag: number, value: number) => [short(tag), short(3), long(1), short(value), short(0)]
  const directory = [short(2), ...entry(0x0106, 2), ...entry(0x0112, orientation), long(0)]
  const tiff = Buffer.concat([Buffer.from(order), short(42), long(8), ...directory])
  const data = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])
  const head = Buffer.from([0xff, 0xe1, 0, 0])
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), head, data, jpeg.subarray(2)])
}
