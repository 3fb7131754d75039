import type {LookupAddress} from 'node:dns'
import type {IncomingMessage, RequestOptions} from 'node:http'
import {isIP, type LookupFunction} from 'node:net'
import type {Readable} from 'node:stream'
import {unpacked} from '../../models/transport/connections.js'
import {httpClient} from '../../models/transport/http-client.js'
import {agentFor, proxyFor} from '../../models/transport/proxy.js'
import {isPrivateAddress} from './private-address.js'

/** Why nothing was fetched, in words for the model. */
export class FetchProblem extends Error {}

export interface RequestSettings {
  signal: AbortSignal
  /** Names the proxies. */
  env: NodeJS.ProcessEnv
  /** It may lie in a private network. */
  allowPrivate: boolean
}

export interface Answer {
  head: IncomingMessage
  /** Unpacked; to be destroyed by its reader. */
  body: Readable
}

const accepted = 'text/markdown, text/html;q=0.9, application/json;q=0.9, text/plain;q=0.9, */*;q=0.5'

/**
 * One GET, without cookies, to an address that was looked at: a name is resolved once, and what it was resolved to is what
 * is connected to. Through a proxy only the proxy can resolve it. Throws {@link FetchProblem}, the signal's reason, or
 * what the system said.
 */
export async function request(url: URL, {signal, env, allowPrivate}: RequestSettings): Promise<Answer> {
  const host = bareHost(url)
  const viaProxy = proxyFor(url, env) !== undefined
  // Of a name without a dot a proxy makes a host of its own network.
  const isLocal = isLocalName(host) || (viaProxy && isIP(host) === 0 && !withoutDots(host).includes('.'))
  if (!allowPrivate && isLocal) throw new FetchProblem(privateHost(url))
  const lookup = viaProxy || isIP(host) !== 0 ? undefined : fixedLookup(await resolve(url, host, allowPrivate, signal))
  const http = httpClient(url)
  const options: RequestOptions = {
    agent: agentFor(url, http.Agent, env),
    headers: {
      accept: accepted,
      'accept-encoding': 'gzip, deflate, br',
      'accept-language': 'en, *;q=0.5',
      'user-agent': 'hermes-chat (terminal chat; one page at the wish of its person)',
    },
    signal,
    ...(lookup ? {lookup} : {}),
  }
  signal.throwIfAborted()
  return new Promise((done, fail) => {
    const sent = http.get(url, options, (head) => {
      head.on('error', () => {})
      unpacked(head).then(
        (body) => done({head, body}),
        (error) => {
          head.destroy()
          fail(error)
        },
      )
    })
    sent.on('error', (error) => fail(signal.aborted ? signal.reason : error))
  })
}

/** Why a host is not even asked for, by its name alone: it never is a public one, whoever resolves it. */
export function refusalOf(url: URL): string | undefined {
  return isLocalName(bareHost(url)) ? privateHost(url) : undefined
}

function bareHost({hostname}: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function isLocalName(host: string): boolean {
  if (isIP(host) !== 0) return isPrivateAddress(host)
  const name = withoutDots(host)
  return name === 'localhost' || /\.(localhost|local|internal|home\.arpa)$/.test(name)
}

/** `intranet.` is `intranet`. */
function withoutDots(host: string): string {
  return host.replace(/\.+$/, '')
}

async function resolve(url: URL, host: string, allowPrivate: boolean, signal: AbortSignal): Promise<LookupAddress[]> {
  const {lookup} = await import('node:dns/promises')
  const {promise: stopped, reject} = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop, {once: true})
  try {
    const found = await Promise.race([lookup(host, {all: true}), stopped])
    // One of them is enough: a name that is both means to deceive.
    if (!allowPrivate && found.some(({address}) => isPrivateAddress(address))) throw new FetchProblem(privateHost(url))
    return found
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function fixedLookup(addresses: readonly LookupAddress[]): LookupFunction {
  return (_, options, callback) => {
    const [first] = addresses
    if (options.all) callback(null, [...addresses])
    else if (first) callback(null, first.address, first.family)
    else callback(new Error('the name has no address'), '', 0)
  }
}

function privateHost({host}: URL): string {
  return `${host} is in a private network, which is not fetched from; the person can allow it by the setting tools.fetchPrivate`
}
