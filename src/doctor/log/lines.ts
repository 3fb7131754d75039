import {closeSync, openSync, readSync} from 'node:fs'

const CHUNK_BYTES = 1024 * 1024
/** Of a line no more is kept: the longest record has some tens of kilobytes, a damaged file any length. */
const MAX_LINE_BYTES = 256 * 1024
const NEWLINE = 10

/**
 * Calls `take` with every line of a file, without its line feed; an unfinished last one included.
 * Reads in chunks, so that memory does not grow with the file. Throws what `openSync` throws.
 * Returns the number of bytes read.
 */
export function readLines(file: string, take: (line: string) => void): number {
  const descriptor = openSync(file, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let rest = Buffer.alloc(0)
    let skipping = false
    let total = 0
    for (;;) {
      const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, null)
      if (length === 0) break
      total += length
      let start = 0
      if (skipping) {
        const end = chunk.subarray(0, length).indexOf(NEWLINE)
        if (end < 0) continue
        skipping = false
        start = end + 1
      }
      const last = chunk.lastIndexOf(NEWLINE, length - 1)
      if (last >= start) {
        // Cut at line feeds, so that no character is cut in two.
        if (rest.length > 0) {
          const first = chunk.indexOf(NEWLINE, start)
          take(Buffer.concat([rest, chunk.subarray(start, first)]).toString('utf8'))
          start = first + 1
        }
        if (start <= last) eachLine(chunk.toString('utf8', start, last), take)
        rest = Buffer.from(chunk.subarray(last + 1, length))
      } else {
        rest = Buffer.concat([rest, chunk.subarray(start, length)])
      }
      if (rest.length > MAX_LINE_BYTES) {
        take(rest.toString('utf8', 0, MAX_LINE_BYTES))
        rest = Buffer.alloc(0)
        skipping = true
      }
    }
    if (rest.length > 0) take(rest.toString('utf8'))
    return total
  } finally {
    closeSync(descriptor)
  }
}

function eachLine(text: string, take: (line: string) => void): void {
  let start = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    take(text.slice(start, end))
    start = end + 1
  }
  take(text.slice(start))
}
