import {Readable} from 'node:stream'
import type {Connections} from './connections.js'
import {headersOf} from './watched-fetch.js'

/** A `fetch` for a provider's client library, of an answer that comes as a whole. */
export function plainFetch(connections: Connections): typeof globalThis.fetch {
  return async (input, init) => {
    const {head, body} = await connections.post(String(input), {
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: String(init?.body ?? ''),
      signal: init?.signal ?? new AbortController().signal,
    })
    const stream = Readable.toWeb(body) as ReadableStream<Uint8Array>
    return new Response(stream, {status: head.statusCode ?? 0, headers: headersOf(head)})
  }
}
