/**
 * CRC-32 as of zlib, going on from `start`, the checksum of what came before. `node:zlib` is loaded with the first record, in
 * 1.4 ms. By hand V8 brought its optimizing compiler for the loop: 5 MB of a gateway that had done ten short turns.
 */
export function crc32(bytes: Uint8Array, start = 0): number {
  return process.getBuiltinModule('node:zlib').crc32(bytes, start)
}
