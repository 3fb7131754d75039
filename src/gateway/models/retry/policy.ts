import {type Evidence, isCutOff} from '../error-evidence.js'
import {isQuota} from '../error-rules.js'
import {namedWaitMs} from './named-wait.js'

export interface RetryPolicy {
  /** How often a call is tried again. */
  retries: number
  /** First pause, milliseconds; each further one is twice as long and varies by a quarter. */
  backoffMs: number
  /** All pauses of one call together at most, milliseconds. */
  windowMs: number
}

/** What was tried of one call already. */
export interface Tried {
  attempts: number
  waitedMs: number
}

export interface Retry {
  waitMs: number
  /** It counts as one of the retries; a server that is still loading its model is asked until the window is over. */
  counts: boolean
}

/** A dropped connection is cured sooner than an overloaded server. */
const CONNECTION_SHARE = 1 / 8
const LONGEST_BACKOFF_MS = 30_000

/** When a call that failed before its first token is tried again; undefined: it is not. */
export function nextTry(
  evidence: Evidence,
  {attempts, waitedMs}: Tried,
  {retries, backoffMs, windowMs}: RetryPolicy,
  {random = Math.random, now = Date.now()}: {random?: () => number; now?: number} = {},
): Retry | undefined {
  const named = namedWaitMs(evidence, now)
  if (!isCurable(evidence, named !== undefined)) return undefined
  const left = windowMs - waitedMs
  if (isLoading(evidence)) {
    const waitMs = Math.max(1, named ?? backoffMs)
    return waitMs <= left && retries > 0 ? {waitMs, counts: false} : undefined
  }
  if (attempts >= retries) return undefined
  const base = evidence.status === undefined || evidence.status < 300 ? backoffMs * CONNECTION_SHARE : backoffMs
  const backoff = Math.min(LONGEST_BACKOFF_MS, base * 2 ** attempts) * (0.75 + random() / 2)
  const waitMs = Math.round(named ?? backoff)
  return waitMs <= left ? {waitMs, counts: true} : undefined
}

const passing = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Whether another try may go better. */
function isCurable(evidence: Evidence, named: boolean): boolean {
  const {status, headers, errno, names, texts, detail} = evidence
  // OpenAI and Anthropic say it themselves.
  const advice = headers['x-should-retry']
  if (advice === 'true' || advice === 'false') return advice === 'true'
  if (status !== undefined && status >= 300) {
    if (status === 429) return named || !isQuota(evidence)
    return [408, 409, 425].includes(status) || (status >= 500 && status !== 501 && status !== 505)
  }
  if (errno === 'ERR_PROXY_TUNNEL') return (evidence.proxyStatus ?? 500) >= 500
  // It was waited for long enough.
  if (names.has('ReplySilent')) return false
  if (isCutOff(evidence) || (errno !== undefined && passing.has(errno))) return true
  return [detail, ...texts].some((text) => /overloaded/i.test(text))
}

/** llama.cpp answers so until its model is in memory. */
function isLoading({status, detail}: Evidence): boolean {
  return status === 503 && /loading model/i.test(detail)
}
