import {fstatSync} from 'node:fs'
import {exitCodes, HermesError} from '../../errors.js'
import {MAX_REQUEST_BYTES} from '../../protocol/frames.js'

/** With a prompt on the command line, a pipe that stays silent this long is not waited for, milliseconds. */
const SILENT_PIPE_MS = 3000

/** JSON escapes may double a prompt, and the request has more members. */
const MAX_INPUT_BYTES = MAX_REQUEST_BYTES / 2 - 1024

/** True when stdin is something that can be read to its end: a pipe, a file, a socket. */
export function isPiped(descriptor = 0): boolean {
  try {
    const stat = fstatSync(descriptor)
    return stat.isFIFO() || stat.isFile() || stat.isSocket()
  } catch {
    // Closed.
    return false
  }
}

/**
 * Reads a stream to its end as UTF-8. With `optional`, a stream on which nothing comes within 3 s is
 * left alone: a parent process may hold a pipe open that it never writes to. `onSilent` is called then.
 */
export async function readInput(
  stream: NodeJS.ReadableStream,
  {optional, onSilent, silentMs = SILENT_PIPE_MS}: {optional: boolean; onSilent?: () => void; silentMs?: number},
): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      stream.off('data', take).off('end', finish).off('error', fail)
      // A stream that goes on flowing keeps the process alive.
      stream.pause()
    }
    const finish = () => {
      end()
      resolve(Buffer.concat(chunks).toString('utf8'))
    }
    const fail = (cause: Error) => {
      end()
      reject(
        new HermesError(`stdin cannot be read: ${cause.message}`, {code: 'usage/stdin', exit: exitCodes.usage, cause}),
      )
    }
    const take = (chunk: Buffer | string) => {
      clearTimeout(timer)
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      length += bytes.length
      chunks.push(bytes)
      if (length > MAX_INPUT_BYTES)
        fail(new Error(`it is longer than ${Math.floor(MAX_INPUT_BYTES / 1024 / 1024)} MiB`))
    }
    const timer = optional
      ? setTimeout(() => {
          onSilent?.()
          finish()
        }, silentMs)
      : undefined
    stream.on('data', take).on('end', finish).on('error', fail)
  })
}
