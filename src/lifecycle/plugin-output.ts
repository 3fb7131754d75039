import {Socket} from 'node:net'
import type {Readable} from 'node:stream'

const maxLine = 2000

/** Lines of what a process prints, each cut at 2000 characters; it never keeps this process alive. */
export function readPluginOutput(stream: Readable | null, onLine: (line: string) => void): void {
  if (!stream) return
  let rest = ''
  const give = (line: string) => {
    if (line.trim() !== '') onLine(line)
  }
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    // The end of a line that is too long is left out.
    rest = (lines.pop() ?? '').slice(0, maxLine)
    for (const line of lines) give(line.slice(0, maxLine))
  })
  stream.on('end', () => give(rest))
  stream.on('error', () => {})
  if (stream instanceof Socket) stream.unref()
}
