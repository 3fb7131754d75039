import type {Agent, AgentOptions} from 'node:http'
import {BlockList, isIP} from 'node:net'

export interface Proxy {
  /** With user and password where it has them. */
  url: URL
  /** The variable that names it. */
  variable: string
}

/** A proxy is set that nothing here can speak to. To go without it would show what was to go through it. */
export class ProxyUnusable extends Error {
  constructor({url, variable}: Proxy) {
    super(`the proxy that ${variable} names is of the kind ${url.protocol.slice(0, -1)}, not http or https`)
    this.name = 'ProxyUnusable'
  }
}

/**
 * The proxy that a request goes through, by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` as curl, Go and Python read
 * them: the lower-case name wins, an address needs no scheme, and this machine itself is never asked for through one.
 * Node's own reading takes `NO_PROXY=example.com` for that host alone, without those below it, and knows no networks.
 */
export function proxyFor(target: URL, env: NodeJS.ProcessEnv): Proxy | undefined {
  const scheme = target.protocol === 'https:' ? 'https' : 'http'
  for (const name of [`${scheme}_proxy`, 'all_proxy']) {
    for (const variable of [name, name.toUpperCase()]) {
      const given = env[variable]?.trim()
      if (!given) continue
      const address = given.includes('://') ? given : `http://${given}`
      if (!URL.canParse(address) || isSpared(target, env)) return undefined
      return {url: new URL(address), variable}
    }
  }
  return undefined
}

/** An agent that goes through the proxy of the environment, or straight where there is none. Throws {@link ProxyUnusable}. */
export function agentFor(
  target: URL,
  Maker: new (options: AgentOptions) => Agent,
  env: NodeJS.ProcessEnv,
  options: AgentOptions = {},
): Agent {
  const proxy = proxyFor(target, env)
  if (proxy && !/^https?:$/.test(proxy.url.protocol)) throw new ProxyUnusable(proxy)
  const proxyEnv = proxy ? {http_proxy: proxy.url.href, https_proxy: proxy.url.href} : {}
  return new Maker({...options, proxyEnv})
}

function isSpared({hostname, port, protocol}: URL, env: NodeJS.ProcessEnv): boolean {
  const host = bare(hostname.toLowerCase())
  if (host === 'localhost' || host.endsWith('.localhost') || isIn(host, '127.0.0.0/8') || host === '::1') return true
  const ownPort = port || (protocol === 'https:' ? '443' : '80')
  const list = (env.no_proxy?.trim() || env.NO_PROXY) ?? ''
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => isMeant(entry, host, ownPort))
}

function isMeant(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (name === '' || (only !== undefined && only !== port)) return false
  const plain = bare(name)
  if (isIP(host) !== 0) return plain === host || isIn(host, plain)
  const suffix = plain.replace(/^\*?\./, '')
  return suffix !== '' && (host.endsWith(`.${suffix}`) || (host === suffix && !plain.startsWith('*.')))
}

/** An address in `10.0.0.0/8` or `10.0.0.1-10.0.0.9`. */
function isIn(host: string, range: string): boolean {
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4'
  const [, first = '', mark, last = ''] = /^([\da-f.:]+)([/-])([\da-f.:]+)$/.exec(range) ?? []
  const known = new BlockList()
  try {
    if (mark === '/') known.addSubnet(first, Number(last), family)
    else if (mark === '-') known.addRange(first, last, family)
    return known.check(host, family)
  } catch {
    // Of the other family, or no address.
    return false
  }
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}
