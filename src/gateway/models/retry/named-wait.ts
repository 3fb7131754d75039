import type {Evidence} from '../error-evidence.js'

/**
 * The wait that a provider names, milliseconds; undefined where it names none. Headers: `retry-after-ms`, `retry-after`
 * (seconds, or an HTTP date counted from `date` or now), the limits of OpenAI and Anthropic that are used up. Bodies:
 * Google's RetryInfo, OpenRouter's headers in the metadata, and the sentence `try again in 6m0s`.
 */
export function namedWaitMs(
  evidence: Pick<Evidence, 'headers' | 'body' | 'detail'>,
  now = Date.now(),
): number | undefined {
  const {headers, body, detail} = evidence
  const ms = inHeaders(headers, now) ?? inBody(body, now) ?? inWords(detail)
  return ms === undefined || !Number.isFinite(ms) ? undefined : ms
}

type Headers = Readonly<Record<string, string>>

function inHeaders(headers: Headers, now: number): number | undefined {
  const date = Date.parse(headers.date ?? '')
  const from = Number.isNaN(date) ? now : date
  return (
    amount(headers['retry-after-ms'], 1) ?? retryAfter(headers['retry-after']?.trim(), from) ?? usedUp(headers, from)
  )
}

/** A number of units as milliseconds. */
function amount(value: string | undefined, unitMs: number): number | undefined {
  const number = value === undefined || value.trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(number) && number >= 0 ? number * unitMs : undefined
}

function retryAfter(value: string | undefined, from: number): number | undefined {
  return amount(value, 1000) ?? until(Number.isNaN(Number(value)) ? value : undefined, from)
}

function until(time: string | undefined, from: number): number | undefined {
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? undefined : Math.max(0, at - from)
}

/** Of the limits of which nothing is left, the one that is free last. */
function usedUp(headers: Headers, from: number): number | undefined {
  const waits: number[] = []
  for (const [name, value] of Object.entries(headers)) {
    const [, before, what] = /^(x-|anthropic-)ratelimit-remaining-(.+)$/.exec(name) ?? []
    const [, kind] = /^anthropic-ratelimit-(.+)-remaining$/.exec(name) ?? []
    if (amount(value, 1) !== 0 || (what === undefined && kind === undefined)) continue
    const reset = headers[what ? `${before}ratelimit-reset-${what}` : `anthropic-ratelimit-${kind}-reset`]
    const wait = reset === undefined ? undefined : (duration(reset) ?? until(reset, from))
    if (wait !== undefined) waits.push(wait)
  }
  return waits.length > 0 ? Math.max(...waits) : undefined
}

const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000}

/** `20ms`, `6m0s`, `34.07s`; undefined for anything else. */
function duration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  let sum = 0
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    sum += Number(count) * (unitMs[unit ?? ''] ?? 0)
  return Math.round(sum)
}

function inBody(body: string, now: number): number | undefined {
  if (body === '' || body.length > 100_000) return undefined
  let root: unknown
  try {
    root = JSON.parse(body)
  } catch {
    return undefined
  }
  const error = member(Array.isArray(root) ? root[0] : root, 'error')
  const details = member(error, 'details')
  for (const one of Array.isArray(details) ? details : []) {
    const delay = member(one, 'retryDelay')
    const wait = typeof delay === 'string' ? duration(delay) : undefined
    if (wait !== undefined) return wait
  }
  const metadata = member(error, 'metadata')
  const seconds = member(metadata, 'retry_after_seconds')
  if (typeof seconds === 'number' && seconds >= 0) return seconds * 1000
  const headers = member(metadata, 'headers')
  const entries = typeof headers === 'object' && headers !== null ? Object.entries(headers) : []
  const lower = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]))
  const reset = amount(lower['x-ratelimit-reset'], 1)
  // OpenRouter: the moment, in milliseconds since 1970.
  return inHeaders(lower, now) ?? (reset === undefined ? undefined : Math.max(0, reset - now))
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** `Please try again in 6m0s.`, `Please retry in 34.07s.` */
function inWords(detail: string): number | undefined {
  const [, named] = /(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?\s?(?:ms|s|m|h))+)(?![a-z])/i.exec(detail) ?? []
  const [, seconds] = /(?:try again|retry) (?:in|after) (\d+(?:\.\d+)?) seconds?/i.exec(detail) ?? []
  return (named === undefined ? undefined : duration(named.replaceAll(' ', ''))) ?? amount(seconds, 1000)
}
