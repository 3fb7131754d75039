const table = Uint32Array.from({length: 256}, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/**
 * CRC-32 as of zlib, going on from `start`, the checksum of what came before. By hand, since `node:zlib` takes 2 ms to
 * load, on the way back after a death.
 */
export function crc32(bytes: Uint8Array, start = 0): number {
  let value = ~start
  for (let at = 0; at < bytes.length; at++) {
    value = (value >>> 8) ^ (table[(value ^ (bytes[at] as number)) & 0xff] as number)
  }
  return ~value >>> 0
}
