import type {Readable} from 'node:stream'
import {MAX_REQUEST_BYTES} from '../../protocol/frames.js'
import {LineSplitter, type SplitLine} from '../../protocol/line-splitter.js'
import type {FrameWriter} from './frame-writer.js'

/** Unread output from which requests are no longer read either, in bytes. */
const STOP_READING_BYTES = 8 * 1024 * 1024

/** Reads requests as fast as their answers are taken: a client that only writes is made to wait. */
export function readRequests(
  stdin: Readable,
  writer: FrameWriter,
  on: {line: (line: SplitLine) => void; end: () => void},
): void {
  const splitter = new LineSplitter(MAX_REQUEST_BYTES)
  stdin.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) on.line(line)
    if (writer.unread <= STOP_READING_BYTES) return
    stdin.pause()
    void writer.drained().then(() => stdin.resume())
  })
  // A request without its newline is served when the input ends with it; nobody can read the answer otherwise.
  stdin.once('end', on.end)
  stdin.once('close', on.end)
  stdin.once('error', on.end)
}
