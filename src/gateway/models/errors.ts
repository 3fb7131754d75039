import {errnoOf, exitCodes, HermesError, messageOf} from '../../errors.js'

/** Where a call went, for the message. Secrets are taken out of everything that is shown. */
export interface CallPlace {
  provider: string
  model: string
  baseUrl: string
  keyVariables: readonly string[]
  /** Keys and header values that must not appear. */
  secrets: readonly string[]
  /** A server on this machine: another remedy. */
  local: boolean
  /** True once the reply began to arrive. */
  started: boolean
}

type Problem =
  | 'no-key'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'rate-limited'
  | 'overloaded'
  | 'bad-address'
  | 'dropped'
  | 'timeout'
  | 'bad-request'
  | 'context-too-long'
  | 'failed'

/** What was found in an error and in the errors that caused it. */
interface Evidence {
  status: number | undefined
  headers: Record<string, string>
  /** What the provider itself said. */
  detail: string
  errno: string | undefined
  names: ReadonlySet<string>
  text: string
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_INVALID_URL',
  'EADDRNOTAVAIL',
])
const cutOff = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])
const tooSlow = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** The error of a provider that has no key, made without calling it. */
export function noKeyError(place: CallPlace): HermesError {
  return build('no-key', place, `no API key for ${place.provider}`, [
    ...keyRemedy(place),
    'Or choose another model: hermes chat --model offline',
  ])
}

/**
 * Turns anything thrown by a provider's library, by `fetch` or by the system into one line for a
 * person, with the remedy as suggestions. Pure; a HermesError passes through.
 */
export function providerError(error: unknown, place: CallPlace): HermesError {
  if (error instanceof HermesError) return error
  const evidence = collect(error)
  const {problem, text, suggestions} = judge(evidence, place)
  return build(problem, place, text, suggestions, error)
}

/** True for a connection that failed in a way that another try may cure, before anything was received. */
export function isTransient(error: unknown): boolean {
  const {status, errno} = collect(error)
  return status === undefined && errno !== undefined && (cutOff.has(errno) || errno === 'EAI_AGAIN')
}

function judge(evidence: Evidence, place: CallPlace): {problem: Problem; text: string; suggestions: string[]} {
  const {status, errno, detail} = evidence
  const said = detail ? `: ${detail}` : ''
  const answered = `${place.provider} answered ${status ?? 'with an error'}`
  const otherModel = 'Try another model: hermes chat --model PROVIDER/NAME'

  if (evidence.names.has('AI_LoadAPIKeyError')) {
    return {problem: 'no-key', text: `no API key for ${place.provider}`, suggestions: keyRemedy(place)}
  }
  // Checked before the status: providers send it as 400, 413 or inside the stream.
  if (isContextTooLong(status, evidence)) {
    return {
      problem: 'context-too-long',
      text: `the conversation is too long for ${place.model}${said}`,
      suggestions: [
        'Start a new session, or take the last turn back with /undo',
        'Choose a model with a larger context',
      ],
    }
  }
  switch (status) {
    case undefined:
      break
    case 401:
      return {
        problem: 'unauthorized',
        text: `${answered} (unauthorized)${said}`,
        suggestions: keyRemedy(place, 'The key was not accepted.'),
      }
    case 402:
      return {
        problem: 'forbidden',
        text: `${answered} (payment required)${said}`,
        suggestions: ['Check the balance of the account', otherModel],
      }
    case 403:
      return {
        problem: 'forbidden',
        text: `${answered} (forbidden)${said}`,
        suggestions: [
          `Check that the key may use ${place.model}, and that the provider serves your region`,
          otherModel,
        ],
      }
    case 404:
      return {
        problem: 'not-found',
        text: `${answered} (not found): no model ${place.model} there, or the address is wrong${said}`,
        suggestions: [
          'Check the name: hermes doctor lists what is offered',
          `Check the address (baseUrl of ${place.provider})`,
        ],
      }
    case 429:
      return rateLimited(evidence, place, answered, said)
    case 408:
    case 504:
      return {problem: 'timeout', text: `${answered} (timeout)${said}`, suggestions: ['Send it again with /retry']}
    case 500:
    case 502:
    case 503:
    case 529:
      return {
        problem: status === 500 ? 'failed' : 'overloaded',
        text: `${answered} (${status === 500 ? 'server error' : 'overloaded or down'})${said}`,
        suggestions: ['Wait a little and send it again with /retry', otherModel],
      }
    case 400:
    case 413:
    case 422:
      return {problem: 'bad-request', text: `${answered} (bad request)${said}`, suggestions: [otherModel]}
    default:
      // A 2xx whose body could not be read is judged below by what was wrong with it.
      if (status >= 300)
        return {problem: 'failed', text: `${answered}${said}`, suggestions: ['Send it again with /retry', otherModel]}
  }

  if ((errno !== undefined && tooSlow.has(errno)) || evidence.names.has('TimeoutError')) {
    return {
      problem: 'timeout',
      text: `${place.provider} did not answer in time${errno ? ` (${errno})` : ''}`,
      suggestions: ['Send it again with /retry', otherModel],
    }
  }
  if (place.started && (errno !== undefined || isBrokenStream(evidence))) {
    return {
      problem: 'dropped',
      text: `the connection to ${place.provider} dropped in mid-reply${errno ? ` (${errno})` : ''}`,
      suggestions: ['What was received is kept: /continue goes on, /retry asks again'],
    }
  }
  if (errno !== undefined && unreachable.has(errno)) {
    return {
      problem: 'bad-address',
      text: `cannot reach ${place.provider} (${errno})`,
      suggestions: addressRemedy(place, errno),
    }
  }
  if (evidence.names.has('TypeError') && /invalid url|failed to parse url/i.test(evidence.text)) {
    return {
      problem: 'bad-address',
      text: `the address of ${place.provider} is not a URL`,
      suggestions: addressRemedy(place, undefined),
    }
  }
  if ((errno !== undefined && cutOff.has(errno)) || isBrokenStream(evidence)) {
    return {
      problem: 'dropped',
      text: `the connection to ${place.provider} dropped before a reply came${errno ? ` (${errno})` : ''}`,
      suggestions: ['Send it again with /retry'],
    }
  }
  if (errno !== undefined && /CERT|TLS|SSL|SIGNED/.test(errno)) {
    return {
      problem: 'bad-address',
      text: `the certificate of ${place.provider} was not accepted (${errno})`,
      suggestions: [
        'Check the address, the clock of this machine and proxies between',
        'For an authority of your own set NODE_EXTRA_CA_CERTS',
      ],
    }
  }
  const shown = oneLine(detail || evidence.text)
  return {
    problem: 'failed',
    text: `${place.provider} failed${shown ? `: ${shown}` : ''}`,
    suggestions: ['Send it again with /retry', otherModel],
  }
}

function rateLimited(evidence: Evidence, place: CallPlace, answered: string, said: string) {
  const problem: Problem = 'rate-limited'
  if (
    /insufficient_quota|quota|billing|credit/i.test(`${evidence.detail} ${evidence.text}`) &&
    retryAfterMs(evidence.headers) === undefined
  ) {
    return {
      problem,
      text: `${answered} (quota used up)${said}`,
      suggestions: ['Check the plan and balance of the account', 'Choose another provider or model'],
    }
  }
  const waitMs = retryAfterMs(evidence.headers)
  const wait = waitMs === undefined ? undefined : duration(waitMs)
  return {
    problem,
    text: `${answered} (rate limited)${wait ? `, free again in ${wait}` : ''}${said}`,
    suggestions: [
      `${wait ? `Wait ${wait}` : 'Wait a little'} and send it again with /retry`,
      `Choose another model than ${place.model}`,
    ],
  }
}

/** Milliseconds of `retry-after-ms` or `retry-after` (seconds, or an HTTP date counted from `date` or now); undefined when there is none. */
export function retryAfterMs(headers: Record<string, string>, now: number = Date.now()): number | undefined {
  const exact = Number(headers['retry-after-ms'])
  if (headers['retry-after-ms'] !== undefined && Number.isFinite(exact) && exact >= 0) return exact
  const value = headers['retry-after']?.trim()
  if (!value) return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined
  const until = Date.parse(value)
  if (Number.isNaN(until)) return undefined
  const from = Date.parse(headers.date ?? '')
  return Math.max(0, until - (Number.isNaN(from) ? now : from))
}

/** `800 ms`, `20 s`, `3 min`, `2 h`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)} ms`
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`
}

function isContextTooLong(status: number | undefined, evidence: Evidence): boolean {
  if (status !== undefined && status !== 400 && status !== 413 && status >= 300) return false
  return /context_length_exceeded|context length|context window|maximum context|prompt is too long|too many tokens|exceeds? the (?:available )?context|input token count.*exceeds/i.test(
    `${evidence.detail} ${evidence.text}`,
  )
}

/** A stream that ended or broke where the protocol has more to come. */
function isBrokenStream({names, text}: Evidence): boolean {
  return (
    /^terminated$|other side closed|socket hang up|premature|without a finish reason|aborted by the server/i.test(
      text,
    ) ||
    [
      'AI_InvalidResponseDataError',
      'AI_JSONParseError',
      'AI_TypeValidationError',
      'AI_EmptyResponseBodyError',
      'AI_NoOutputGeneratedError',
    ].some((name) => names.has(name))
  )
}

function keyRemedy(place: CallPlace, before?: string): string[] {
  const variables = place.keyVariables.join(' or ')
  return [
    ...(before ? [before] : []),
    ...(variables ? [`Set ${variables} in the environment and start hermes again`] : []),
    `Or set providers.${place.provider}.apiKey in your own configuration (hermes config path)`,
  ]
}

function addressRemedy(place: CallPlace, errno: string | undefined): string[] {
  if (place.local)
    return [`Start ${place.provider}, or check its port`, 'Or choose another model: hermes chat --model offline']
  const name =
    errno === 'ENOTFOUND' || errno === 'EAI_AGAIN' ? 'Check the network and the name of the host' : 'Check the network'
  return [name, `Check the address (baseUrl of ${place.provider}) in the configuration`]
}

function build(
  problem: Problem,
  place: CallPlace,
  text: string,
  suggestions: readonly string[],
  cause?: unknown,
): HermesError {
  const where =
    problem === 'no-key'
      ? `${place.provider}/${place.model}`
      : `${place.provider}/${place.model} at ${safeAddress(place.baseUrl)}`
  const message = redact(oneLine(`${where}: ${text}`), place.secrets)
  return new HermesError(message, {
    code: `provider/${problem}`,
    exit: exitCodes.provider,
    suggestions: suggestions.map((suggestion) => redact(suggestion, place.secrets)),
    ...(cause === undefined ? {} : {cause: safeCause(cause, place.secrets)}),
  })
}

/** The address without user, password, query and fragment. */
export function safeAddress(address: string): string {
  if (!URL.canParse(address)) return address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
  const {protocol, host, pathname} = new URL(address)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}

/** Takes known secrets and whatever looks like a key out of a text. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  // Short values (a header that says `1`) would turn the message into stars.
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, '***')
  return clean
    .replace(/\b(sk|pk|rk|gsk|xai|hf|key)[-_][A-Za-z0-9_*.-]{8,}/g, '***')
    .replace(/\bAIza[A-Za-z0-9_-]{10,}/g, '***')
    .replace(/\b(bearer|x-api-key[:=]|api[-_ ]key[:=])\s*[A-Za-z0-9._~+/=-]{8,}/gi, '$1 ***')
    .replace(/(\/\/)[^/\s:@]+:[^/\s@]+@/g, '$1')
}

/** The library's error holds the request with its headers and the whole conversation: only name and message go on. */
function safeCause(cause: unknown, secrets: readonly string[]): Error {
  const copy = new Error(redact(oneLine(messageOf(cause)), secrets))
  copy.name = cause instanceof Error ? cause.name : 'Error'
  return copy
}

/** Whitespace and control characters become one space; cut at 300 characters. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a provider's text must not drive the terminal
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}

/** Walks the error, its causes and the last of its retries. */
function collect(error: unknown): Evidence {
  const names = new Set<string>()
  let status: number | undefined
  let errno: string | undefined
  let detail = ''
  let headers: Record<string, string> = {}
  const texts: string[] = []
  let current: unknown = error
  for (let depth = 0; depth < 8 && current !== undefined && current !== null; depth++) {
    if (typeof current === 'string') {
      texts.push(current)
      break
    }
    if (typeof current !== 'object') break
    const one = current as Record<string, unknown>
    if (typeof one.name === 'string') names.add(one.name)
    if (typeof one.message === 'string') texts.push(one.message)
    status ??= statusOf(one)
    errno ??= systemCode(current)
    if (typeof one.responseHeaders === 'object' && one.responseHeaders) headers = lowerCase(one.responseHeaders)
    detail ||= detailOf(one)
    // Happy Eyeballs throws an AggregateError without a code of its own.
    current = one.lastError ?? one.cause ?? (Array.isArray(one.errors) ? one.errors[0] : undefined) ?? nestedError(one)
  }
  return {status, headers, detail: oneLine(detail), errno, names, text: texts.find((text) => text !== '') ?? ''}
}

function systemCode(error: unknown): string | undefined {
  const code = errnoOf(error)
  return code && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : undefined
}

function statusOf(error: Record<string, unknown>): number | undefined {
  for (const value of [error.statusCode, error.status, error.code]) {
    const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
    if (typeof number === 'number' && number >= 100 && number < 600) return number
  }
  return undefined
}

/** `{error: {message}}` inside a stream comes as a plain object. */
function nestedError(error: Record<string, unknown>): unknown {
  return typeof error.error === 'object' ? error.error : undefined
}

/** What the provider said in its body: `{error: {message}}`, `{error: "…"}`, `{message}` or short plain text. */
function detailOf(error: Record<string, unknown>): string {
  const body = error.responseBody
  if (typeof body !== 'string' || body === '') return ''
  try {
    const parsed = JSON.parse(body) as unknown
    const root = (Array.isArray(parsed) ? parsed[0] : parsed) as {error?: unknown; message?: unknown} | null
    const inner = root?.error
    if (typeof inner === 'string') return inner
    const message = (inner as {message?: unknown} | null | undefined)?.message ?? root?.message
    return typeof message === 'string' ? message : ''
  } catch {
    // A proxy's HTML page says nothing that fits a line.
    return body.trimStart().startsWith('<') ? '' : body
  }
}

function lowerCase(headers: object): Record<string, string> {
  const lower: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') lower[name.toLowerCase()] = value
  return lower
}
