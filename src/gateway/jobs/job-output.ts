import {closeSync, constants, lstatSync, openSync, readSync} from 'node:fs'
import {BoundedOutput} from '../tools/command/bounded-output.js'
import {HEAD_BYTES, shown, TAIL_BYTES} from '../tools/command/shown-output.js'

/** What came behind `from`, by its two ends where it is long, and where the next read begins. */
export function outputSince(file: string, from: number, {ended}: {ended: boolean}): {text: string; to: number} {
  const size = fileSize(file)
  if (size === undefined) return {text: '', to: from}
  // It was written anew.
  const start = Math.min(from, size)
  const output = new BoundedOutput(HEAD_BYTES, TAIL_BYTES)
  if (size - start <= HEAD_BYTES + TAIL_BYTES) {
    const bytes = read(file, start, size)
    const whole = ended ? bytes : bytes.subarray(0, bytes.length - brokenEnd(bytes))
    output.push(whole)
    return {text: shown(output.toString()), to: start + whole.length}
  }
  output.push(read(file, start, start + HEAD_BYTES))
  output.skip(size - start - HEAD_BYTES - TAIL_BYTES)
  output.push(read(file, size - TAIL_BYTES, size))
  return {text: shown(output.toString()), to: size}
}

/** So many of its last bytes, from a line's beginning. */
export function tailOf(file: string, bytes: number): string {
  const size = fileSize(file) ?? 0
  const from = Math.max(0, size - bytes)
  const text = read(file, from, size).toString('utf8')
  const line = text.indexOf('\n')
  return shown(from > 0 && line !== -1 ? text.slice(line + 1) : text)
}

/** Undefined: there is none, or something else in its place. */
export function fileSize(file: string): number | undefined {
  try {
    const stats = lstatSync(file, {throwIfNoEntry: false})
    return stats?.isFile() ? stats.size : undefined
  } catch {
    return undefined
  }
}

/** Bytes of a character at the end of which the rest is still to come. */
function brokenEnd(bytes: Buffer): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return wanted > length ? length : 0
  }
  return 0
}

function read(file: string, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, to - from))
  let fd: number
  try {
    // Neither a link that a command put there nor a pipe, which would be waited for.
    fd = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch {
    return Buffer.alloc(0)
  }
  try {
    let length = 0
    for (let n = -1; n !== 0 && length < bytes.length; length += n)
      n = readSync(fd, bytes, length, bytes.length - length, from + length)
    return bytes.subarray(0, length)
  } finally {
    closeSync(fd)
  }
}
