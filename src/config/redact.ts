import {isRecord} from './check.js'

const secretName = /api[-_]?key|token|secret|password|authorization|cookie|x-.*key/i

/** Enough of a secret to recognise it by, never enough to use it: `sk-…wxyz`. */
export function redactSecret(secret: string): string {
  if (secret.length < 16) return '…'
  const prefix = /^(Bearer |[a-z]{2,4}-)/i.exec(secret)?.[0] ?? ''
  return `${prefix}…${secret.slice(-4)}`
}

/**
 * A copy in which keys, header values and credentials in addresses are cut to what identifies them.
 * `name` is the key under which the value stands.
 */
export function redact(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return secretName.test(name) ? redactSecret(value) : redactUrl(value)
  if (Array.isArray(value)) return value.map((item) => redact(item, name))
  if (!isRecord(value)) return value
  // What a header means is the provider's business: any of them may carry a key.
  const fixed = name === 'headers' || name === 'secret' ? 'secret' : undefined
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, fixed ?? key)]))
}

function redactUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/i, '$1…@')
}
