/** Patterns of `fetch(…)`, and of hosts that a setting names. */

export interface HostPattern {
  /** As a browser would ask for it: lower case, ASCII, an address in its one spelling. Undefined: every host. */
  host: string | undefined
  /** What lies below the host is meant, and not the host itself. */
  below: boolean
  /** Undefined: every port. */
  port: string | undefined
}

/** Reads `example.com`, `example.com:8080`, `*.example.com`, `[::1]:80`, `*`, each with `domain:` before it or not. */
export function parseHostPattern(source: string): HostPattern | {problem: string; remedy: string} {
  const text = source.trim().replace(/^domain:/i, '')
  if (text === '') return {problem: 'it names no host', remedy: 'write fetch(example.com), or fetch(*) for every host'}
  if (text === '*') return {host: undefined, below: false, port: undefined}
  if (text.includes('://'))
    return {problem: 'it is a whole address', remedy: 'write the host alone: fetch(example.com)'}
  const [, star, name = '', port] = /^(\*\.)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text) ?? []
  const host = hostOf(name)
  if (host === undefined || Number(port ?? 1) > 65_535 || port === '0') {
    return {problem: 'it is no host', remedy: 'write fetch(example.com), fetch(*.example.com) or fetch(localhost:8080)'}
  }
  return {host, below: star !== undefined, port: port === undefined ? undefined : String(Number(port))}
}

export function formatHostPattern({host, below, port}: HostPattern): string {
  return `${below ? '*.' : ''}${host ?? '*'}${port === undefined ? '' : `:${port}`}`
}

export function matchesHost(pattern: HostPattern, url: URL): boolean {
  if (pattern.host === undefined) return true
  const host = withoutDot(url.hostname)
  if (pattern.port !== undefined && pattern.port !== portOf(url)) return false
  return pattern.below ? host.endsWith(`.${pattern.host}`) : host === pattern.host
}

/** A pattern that covers the host of an address and no other; its port too, where that is not the usual one. */
export function hostPatternOf(url: URL): HostPattern {
  return {host: withoutDot(url.hostname), below: false, port: url.port === '' ? undefined : url.port}
}

function portOf({port, protocol}: URL): string {
  return port || (protocol === 'https:' ? '443' : '80')
}

/** `example.com.` is the same host. */
function withoutDot(host: string): string {
  return host.replace(/\.$/, '')
}

function hostOf(name: string): string | undefined {
  // All of it has to be the host: what a URL would take for a path, a user or a query is none.
  if (name === '' || /[\s/\\?#@%*]/.test(name) || !URL.canParse(`http://${name}/`)) return undefined
  const host = withoutDot(new URL(`http://${name}/`).hostname)
  return host === '' ? undefined : host
}
