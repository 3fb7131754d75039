import {redactCommand} from './command.js'
import {redacted} from './mask.js'
import {isSecretName} from './names.js'
import {createRedactor} from './text.js'

const redactText = createRedactor()

/** Enough of a secret to recognise it by, never enough to use it: `sk-…wxyz`. */
export function redactSecret(secret: string): string {
  if (secret.length < 16) return '…'
  const prefix = /^(Bearer |[a-z]{2,4}-)/i.exec(secret)?.[0] ?? ''
  return `${prefix}…${secret.slice(-4)}`
}

/**
 * A copy fit to be shown, in which keys and header values are cut to what identifies them, and other secrets left out.
 * `name` is the key under which the value stands.
 */
export function redactValue(value: unknown, name = ''): unknown {
  if (typeof value === 'string')
    return isSecretName(name) ? redactSecret(value) : redactText(value).replaceAll(redacted, '…')
  if (Array.isArray(value) && /command$/i.test(name)) {
    return redactCommand(value.map(String), '…').map((word) => redactValue(word))
  }
  // Of a program that stands beside them.
  if (Array.isArray(value) && name === 'args') {
    return redactCommand(['', ...value.map(String)], '…')
      .slice(1)
      .map((word) => redactValue(word))
  }
  if (Array.isArray(value)) return value.map((item) => redactValue(item, name))
  if (typeof value !== 'object' || value === null) return value
  // What a header means is the provider's business: any of them may carry a key.
  const fixed = name === 'headers' || name === 'secret' ? 'secret' : undefined
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item, fixed ?? key)]))
}
