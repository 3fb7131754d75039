import type {Writable} from 'node:stream'
import {messageOf} from '../../errors.js'
import {encodeFrame, errorCodes, type ServerFrame} from '../../protocol/frames.js'

export interface FrameWriterOptions {
  /** Unread output, in bytes, from which a turn's model stream is paused; default 1 MiB. */
  highWaterBytes?: number
  /** Nothing can be written any more: the reader is gone (EPIPE), or a write failed (ENOSPC, EIO, EFAULT). Called once. */
  onClosed?: (error: Error) => void
}

/** A frame of more characters is made bytes here. */
const LARGE_CHARS = 256 * 1024

/**
 * The only writer to the client: one write per frame, in order. A client that does not read makes it
 * {@link congested}, and whoever produces output waits for {@link drained}.
 */
export class FrameWriter {
  #stream: Writable | undefined
  readonly #highWater: number
  readonly #onClosed: (error: Error) => void
  readonly #waiting = new Set<() => void>()
  readonly #leaving = new Set<() => void>()
  #closed = false
  /** How many clients it has written to: what was asked by one is not answered to the next, whose ids are the same. */
  client = 1

  constructor(stream: Writable, options: FrameWriterOptions = {}) {
    this.#stream = stream
    this.#highWater = options.highWaterBytes ?? 1024 * 1024
    this.#onClosed = options.onClosed ?? (() => {})
    this.#listen(stream)
  }

  /** Frames go to this client from here on; undefined: to nobody, and none of them is kept. */
  switchTo(stream: Writable | undefined): void {
    this.#stream = stream
    this.#closed = false
    this.client++
    for (const listener of [...this.#leaving]) listener()
    if (stream) this.#listen(stream)
    this.#release()
  }

  /** Told when the client of now is followed by another one, or by nobody. Returns how to hear no more. */
  onLeave(listener: () => void): () => void {
    this.#leaving.add(listener)
    return () => this.#leaving.delete(listener)
  }

  /** There is somebody to write to. */
  get attended(): boolean {
    return this.#stream !== undefined && !this.#closed
  }

  /** Bytes that were written and that the client has not taken yet. */
  get unread(): number {
    return this.#closed ? 0 : (this.#stream?.writableLength ?? 0)
  }

  get congested(): boolean {
    return this.unread > this.#highWater
  }

  send(frame: ServerFrame): void {
    const stream = this.#stream
    if (this.#closed || !stream) return
    const text = encode(frame)
    try {
      // As a string it would take three times its length while it is written.
      stream.write(text.length < LARGE_CHARS ? text : Buffer.from(text), this.#written)
    } catch (error) {
      // A stream on a file or a terminal writes at once, and may throw.
      this.#fail(stream, error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Resolves when the client has taken all that was written, or is gone. */
  async drained(): Promise<void> {
    if (this.unread === 0) return
    await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** As {@link drained}, but waits at most `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([this.drained(), timeout])
    clearTimeout(timer)
  }

  /** The stream's own `drain` is no help: it comes only after a write that filled its buffer. */
  readonly #written = () => {
    if (this.unread === 0) this.#release()
  }

  /** For good: stdout is never destroyed, and tells of each failure anew. */
  #listen(stream: Writable): void {
    stream.on('error', (error: Error) => this.#fail(stream, error))
  }

  /** Half a frame may be out: what followed would be read as its rest. */
  #fail(stream: Writable, error: Error): void {
    if (this.#closed || stream !== this.#stream) return
    this.#closed = true
    this.#release()
    this.#onClosed(error)
  }

  #release(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }
}

/** An id or a result that cannot be written (nested too deeply) must not end the process. */
function encode(frame: ServerFrame): string {
  try {
    return encodeFrame(frame)
  } catch (error) {
    const message = `internal error: the answer cannot be encoded: ${messageOf(error)}`
    return encodeFrame({jsonrpc: '2.0', id: null, error: {code: errorCodes.internal, message}})
  }
}
