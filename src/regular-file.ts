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
  return readRegularBytes(file, maxBytes).toString('utf8')
}

/** As {@link readRegularFile}, as it is. */
export function readRegularBytes(file: string, maxBytes: number): Buffer {
  return withRegularFile(file, (descriptor, {size}) => {
    if (size > maxBytes) throw tooLarge(maxBytes)
    // One byte more tells of a file that grew meanwhile, and of those of /proc, which have no size.
    const bytes = readUpTo(descriptor, Math.max(size, 4096) + 1, 0, maxBytes + 1)
    if (bytes.length > maxBytes) throw tooLarge(maxBytes)
    return bytes
  })
}

/** As {@link readRegularFile}, but of a larger file its last `maxBytes`. */
export function readEndOfFile(file: string, maxBytes: number): {text: string; cut: boolean} {
  return withRegularFile(file, (descriptor, {size}) => {
    const from = Math.max(0, size - maxBytes)
    return {text: readUpTo(descriptor, size - from, from, maxBytes).toString('utf8'), cut: from > 0}
  })
}

/** As {@link readRegularFile}, but the bytes, of a larger file its first `maxBytes`; `size` is that of the file. */
export function readStartOfFile(file: string, maxBytes: number): {bytes: Buffer; size: number} {
  return withRegularFile(file, (descriptor, {size}) => {
    const bytes = readUpTo(descriptor, Math.max(1, Math.min(size, maxBytes)), 0, Math.max(1, maxBytes))
    return {bytes: bytes.subarray(0, maxBytes), size: Math.max(size, bytes.length)}
  })
}

const CHUNK = 64 * 1024

/**
 * The lines of a file, without their ends, read piece by piece. Throws as {@link readRegularFile} does, and an
 * {@link UnfitFile} at a line of more than `maxBytes`.
 */
export function* linesOfRegularFile(file: string, maxBytes: number): Generator<string> {
  requireFile(statSync(file))
  const descriptor = openSync(file, constants.O_RDONLY | NO_WAIT)
  try {
    requireFile(fstatSync(descriptor))
    const chunk = Buffer.allocUnsafe(CHUNK)
    let pieces: Buffer[] = []
    let held = 0
    const line = (end: Buffer) => {
      const text = Buffer.concat([...pieces, end]).toString('utf8')
      pieces = []
      held = 0
      return text
    }
    for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk)) {
      let from = 0
      for (let to = chunk.indexOf(10); to !== -1 && to < count; to = chunk.indexOf(10, from)) {
        yield line(chunk.subarray(from, to))
        from = to + 1
      }
      held += count - from
      if (held > maxBytes) throw tooLarge(maxBytes)
      if (from < count) pieces.push(Buffer.from(chunk.subarray(from, count)))
    }
    if (held > 0) yield line(Buffer.alloc(0))
  } finally {
    closeSync(descriptor)
  }
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

/** Throws as {@link readRegularBytes} does, without reading it. */
export function requireRegular(file: string, maxBytes: number): void {
  const stats = statSync(file)
  requireFile(stats)
  if (stats.size > maxBytes) throw tooLarge(maxBytes)
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
