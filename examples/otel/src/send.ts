import type {Destination} from './environment.js'

export type Sent =
  /** `said`: what the receiver rejected of it, or warns of. */
  | {kind: 'taken'; said?: string}
  /** Never to be sent again. */
  | {kind: 'refused'; why: string}
  /** `afterMs`: as the receiver wishes. */
  | {kind: 'later'; why: string; afterMs?: number}

/** Codes after which the protocol has the client try again; after any other it never does. */
const retried = new Set([429, 502, 503, 504])

/** One request of OTLP/HTTP, as JSON. Never rejects. */
export async function post(text: string, {url, headers, timeoutMs}: Destination, now = Date.now): Promise<Sent> {
  let answer: Response
  let body: string
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: {...headers, 'content-type': 'application/json'},
      body: text,
      // A redirect would take the headers elsewhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    body = (await answer.text()).slice(0, 10_000)
  } catch (error) {
    const {message, cause} = error as Error & {cause?: {code?: unknown}}
    return {kind: 'later', why: typeof cause?.code === 'string' ? cause.code : message}
  }
  const {status} = answer
  if (answer.ok) {
    const said = partial(body)
    return {kind: 'taken', ...(said && {said})}
  }
  const why = `it answered ${status}`
  if (!retried.has(status)) return {kind: 'refused', why: [why, messageIn(body)].filter(Boolean).join(': ')}
  const afterMs = retryAfter(answer.headers.get('retry-after'), now())
  return {kind: 'later', why, ...(afterMs === undefined ? {} : {afterMs})}
}

/** Seconds, or a date. */
export function retryAfter(text: string | null, now: number): number | undefined {
  if (text === null || text.trim() === '') return undefined
  const seconds = Number(text)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/** 1 s, 2 s, 4 s, … up to a minute, each with up to a quarter more, so that not all come at once. */
export function backOff(attempt: number, random = Math.random()): number {
  return Math.min(60_000, 1000 * 2 ** attempt) * (1 + random / 4)
}

function partial(body: string): string | undefined {
  const {partialSuccess} = parsed(body) as {partialSuccess?: Record<string, unknown>}
  const rejected = Number(partialSuccess?.rejectedLogRecords ?? partialSuccess?.rejectedDataPoints ?? 0)
  const message = typeof partialSuccess?.errorMessage === 'string' ? partialSuccess.errorMessage : ''
  if (!(rejected > 0) && message === '') return undefined
  return `${rejected} rejected${message ? `: ${message.slice(0, 200)}` : ''}`
}

function messageIn(body: string): string {
  const {message} = parsed(body) as {message?: unknown}
  return typeof message === 'string' ? message.slice(0, 200) : ''
}

function parsed(body: string): object {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
