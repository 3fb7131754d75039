import {exitCodes, HermesError, messageOf} from '../../errors.js'
import {collect, type Evidence, oneLine, retryAfterMs} from './error-evidence.js'
import {redact, safeAddress} from './redact.js'

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

/** The library's error holds the request with its headers and the whole conversation: only name and message go on. */
function safeCause(cause: unknown, secrets: readonly string[]): Error {
  const copy = new Error(redact(oneLine(messageOf(cause)), secrets))
  copy.name = cause instanceof Error ? cause.name : 'Error'
  return copy
}
