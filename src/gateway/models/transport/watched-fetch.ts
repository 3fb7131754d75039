import type {IncomingMessage} from 'node:http'
import type {Wire} from '../wire/types.js'
import type {Connections} from './connections.js'
import {ReplySilent, type ReplyWatch} from './reply-watch.js'
import {tidyEvents} from './tidy-events.js'
import {tidyFrames} from './tidy-frames.js'
import {Watchdog} from './watchdog.js'

export interface SilenceLimits {
  /** Longest silence before the reply begins, milliseconds. */
  firstTokenMs: number
  /** Longest silence after that; a keep-alive ends one. */
  idleMs: number
}

/** How long usage is waited for after the provider said why the reply ended, milliseconds. */
const AFTER_END_MS = 10_000

/**
 * A `fetch` for a provider's client library: it hands on a tidy event stream that always ends in order, since an error
 * would throw away what was received before it, and tells the watch what became of the reply.
 */
export function watchedFetch(
  connections: Connections,
  makeWire: () => Wire,
  watch: ReplyWatch,
  limits: SilenceLimits,
): typeof globalThis.fetch {
  return async (input, init) => {
    watch.begin()
    const silent = new AbortController()
    const dog = new Watchdog((ms) => silent.abort(new ReplySilent(ms)))
    let begun = false
    const poke = () => dog.poke(watch.ended ? AFTER_END_MS : begun ? limits.idleMs : limits.firstTokenMs)
    poke()
    try {
      const {head, body} = await connections.post(String(input), {
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: String(init?.body ?? ''),
        signal: AbortSignal.any([silent.signal, ...(init?.signal ? [init.signal] : [])]),
      })
      const status = head.statusCode ?? 0
      async function* reply() {
        const wire = makeWire()
        for await (const frames of (wire.framed ? tidyFrames : tidyEvents)(body, wire, watch, poke)) {
          begun = true
          yield typeof frames === 'string' ? Buffer.from(frames) : frames
        }
        if (silent.signal.aborted && !watch.ended) watch.failure = silent.signal.reason
      }
      const pieces: AsyncIterable<Uint8Array> = status >= 200 && status < 300 ? reply() : body
      const iterator = pieces[Symbol.asyncIterator]()
      const stream = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            // A silence is what is waited for; while the reader is busy nobody waits.
            poke()
            const {done, value} = await iterator.next().finally(() => dog.stop())
            if (done) controller.close()
            else controller.enqueue(value)
          },
          cancel() {
            head.destroy()
          },
        },
        {highWaterMark: 0},
      )
      return new Response(stream, {status, headers: headersOf(head)})
    } catch (error) {
      throw silent.signal.aborted ? silent.signal.reason : error
    } finally {
      dog.stop()
    }
  }
}

export function headersOf({headers}: IncomingMessage): Headers {
  const shown = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) shown.append(name, one)
  }
  // The body is handed on unpacked, in pieces of another length.
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) shown.delete(name)
  return shown
}
