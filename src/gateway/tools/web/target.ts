import {matchesHost, parseHostPattern} from '../../../permissions/rules/host-pattern.js'

/** Longer ones carry data, and no server takes them. */
const MAX_URL_CHARS = 8000

/** A model's address as it will be asked for, without its fragment; a text says why it is not. */
export function targetOf(given: string): URL | string {
  const text = given.trim()
  if (text.length > MAX_URL_CHARS) return `the address has more than ${MAX_URL_CHARS} characters`
  if (!URL.canParse(text)) return 'this is no whole address; write https://host/path'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `only http and https are fetched, not ${url.protocol.slice(0, -1)}`
  }
  if (url.username !== '' || url.password !== '') return 'an address with a user or a password is not fetched'
  url.hash = ''
  return url
}

/** Whether a setting that names hosts names this one. */
export function isNamed(url: URL, hosts: readonly string[]): boolean {
  return hosts.some((host) => {
    const pattern = parseHostPattern(host)
    return !('problem' in pattern) && matchesHost(pattern, url)
  })
}

/** Where an answer leads; `elsewhere`: to another host, which has to be asked for by itself. Undefined: it is no redirect. */
export function redirectOf(
  status: number,
  location: string | undefined,
  from: URL,
): {to: URL; elsewhere: boolean} | {problem: string} | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined
  if (!URL.canParse(location, from.href)) return {problem: 'it redirects to something that is no address'}
  const to = targetOf(new URL(location, from.href).href)
  if (typeof to === 'string') return {problem: `it redirects, and ${to}`}
  // Both on their usual ports: the same host, encrypted from now on.
  const isUpgrade = from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === ''
  const same = to.hostname === from.hostname && (to.origin === from.origin || isUpgrade)
  return {to, elsewhere: !same}
}
