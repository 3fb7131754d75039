import {closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync} from 'node:fs'

/** Why a file is not read although it is there. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile'
}

/**
 * The text of a file of at most `maxBytes`. Links are followed. Throws an {@link UnfitFile} for what is no file (a FIFO
 * would be waited for without end, a device may never end) or is too large, and what the system says of any other.
 */
export function readRegularFile(file: string, maxBytes: number): string {
  return withRegularFile(file, (descriptor, {size}) => {
    if (size > maxBytes) throw tooLarge(maxBytes)
    // One byte more tells of a file that grew meanwhile, and of those of /proc, which have no size.
    const bytes = readUpTo(descriptor, Math.max(size, 4096) + 1, 0, maxBytes + 1)
    if (bytes.length > maxBytes) throw tooLarge(maxBytes)
    return bytes.toString('utf8')
  })
}

/** As {@link readRegularFile}, but of a larger file its last `maxBytes`. */
export function readEndOfFile(file: string, maxBytes: number): {text: string; cut: boolean} {
  return withRegularFile(file, (descriptor, {size}) => {
    const from = Math.max(0, size - maxBytes)
    return {text: readUpTo(descriptor, size - from, from, maxBytes).toString('utf8'), cut: from > 0}
  })
}

/** Flags with which a FIFO is opened without waiting for its other end; zero where the system has none. */
export const NO_WAIT = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** What it is instead of a file; undefined for one. */
export function oddityOf(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined
  if (stats.isFIFO()) return 'it is a FIFO'
  if (stats.isSocket()) return 'it is a socket'
  if (stats.isDirectory()) return 'it is a folder'
  return 'it is a device'
}

function withRegularFile<T>(file: string, read: (descriptor: number, stats: Stats) => T): T {
  // Asked before: to open a device can do something.
  requireFile(statSync(file))
  const descriptor = openSync(file, constants.O_RDONLY | NO_WAIT)
  try {
    const stats = fstatSync(descriptor)
    requireFile(stats)
    return read(descriptor, stats)
  } finally {
    closeSync(descriptor)
  }
}

function requireFile(stats: Stats): void {
  const oddity = oddityOf(stats)
  if (oddity !== undefined) throw new UnfitFile(oddity)
}

function tooLarge(maxBytes: number): UnfitFile {
  return new UnfitFile(
    `it is larger than ${maxBytes >= 1_048_576 ? `${maxBytes / 1_048_576} MiB` : `${maxBytes} bytes`}`,
  )
}

function readUpTo(descriptor: number, expected: number, from: number, max: number): Buffer {
  let bytes = Buffer.allocUnsafe(Math.min(expected, max))
  let length = 0
  for (;;) {
    const count = readSync(descriptor, bytes, length, bytes.length - length, from + length)
    length += count
    if (count === 0 || length === max) return bytes.subarray(0, length)
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(max, 2 * length))
  }
}
