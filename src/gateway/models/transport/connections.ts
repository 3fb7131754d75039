import type {Agent, IncomingMessage, RequestOptions} from 'node:http'
import type {Duplex, Readable} from 'node:stream'
import {httpClient} from './http-client.js'
import {agentFor} from './proxy.js'

export interface Post {
  headers: Record<string, string>
  body: string
  signal: AbortSignal
}

const MAX_REDIRECTS = 5

/**
 * Connections to a provider, kept for the next step of a turn. `fetch` gives up after 300 s of silence, which a slow
 * prefill on this machine may take, and heeds no proxy of the environment. Here nothing ends the wait but the signal.
 */
export class Connections {
  readonly #env: NodeJS.ProcessEnv
  readonly #agents = new Map<string, Agent>()

  /** The environment names the proxies. */
  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** Resolves with the head of the answer and its body, unpacked. */
  async post(address: string, request: Post): Promise<{head: IncomingMessage; body: Readable}> {
    let url = new URL(address)
    for (let redirects = 0; ; redirects++) {
      const head = await this.#send(url, request)
      const target = redirects < MAX_REDIRECTS ? redirectOf(head, url) : undefined
      if (!target) return {head, body: await unpacked(head)}
      head.destroy()
      url = target
    }
  }

  async #send(url: URL, request: Post): Promise<IncomingMessage> {
    if (url.username !== '' || url.password !== '') throw new Error('an address with a password is not called')
    const http = httpClient(url)
    const {headers, body, signal} = request
    const options: RequestOptions = {
      method: 'POST',
      agent: this.#agent(url, http),
      headers: {...headers, 'content-length': String(Buffer.byteLength(body))},
    }
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const sent = http.request(url, options, (head) => {
        // Its reader is told by the iteration; an abort may come when nobody reads any more.
        head.on('error', () => {})
        resolve(head)
      })
      // Not by the option `signal`: that one would later end the kept connection under another request.
      const abort = () => {
        reject(signal.reason)
        sent.destroy()
      }
      signal.addEventListener('abort', abort, {once: true})
      sent.once('close', () => signal.removeEventListener('abort', abort))
      // Also of a kept connection that the server closed meanwhile: what it did with the request nobody knows, so that another
      // try is told and counted as any other.
      sent.on('error', reject)
      sent.end(body)
    })
  }

  /** One for each host, since which proxy it goes through is decided by host. */
  #agent(url: URL, {Agent: Maker}: {Agent: Parameters<typeof agentFor>[1]}): Agent {
    const known = this.#agents.get(url.origin)
    if (known) return known
    const made = agentFor(url, Maker, this.#env, {keepAlive: true})
    this.#agents.set(url.origin, made)
    return made
  }
}

/** Where the same request is to be sent; only on the same host, since it carries a key. */
function redirectOf({statusCode, headers}: IncomingMessage, from: URL): URL | undefined {
  if ((statusCode !== 307 && statusCode !== 308) || !headers.location) return undefined
  if (!URL.canParse(headers.location, from.href)) return undefined
  const target = new URL(headers.location, from.href)
  const safe = target.protocol === 'https:' || target.protocol === from.protocol
  return safe && target.hostname === from.hostname ? target : undefined
}

/** The body of an answer without its packing; some servers pack what nobody asked them to. */
export async function unpacked(head: IncomingMessage): Promise<Readable> {
  const packed = head.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (packed === 'identity') return head
  const {constants, createBrotliDecompress, createGunzip, createInflate} = await import('node:zlib')
  const {pipeline} = await import('node:stream')
  // What was cut off is unpacked as far as it came.
  const lenient = {finishFlush: constants.Z_SYNC_FLUSH}
  const makers: Readonly<Record<string, () => Duplex>> = {
    gzip: () => createGunzip(lenient),
    deflate: () => createInflate(lenient),
    br: () => createBrotliDecompress({finishFlush: constants.BROTLI_OPERATION_FLUSH}),
  }
  const unpack = makers[packed]?.()
  if (!unpack) throw new Error(`the answer is packed as ${JSON.stringify(packed)}, which nothing asked for`)
  return pipeline(head, unpack, () => {})
}
