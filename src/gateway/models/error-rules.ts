import {type Evidence, isCutOff, oneLine} from './error-evidence.js'
import {namedWaitMs} from './retry/named-wait.js'

/** Where a call went, for the message. Secrets are taken out of everything that is shown. */
export interface CallPlace {
  provider: string
  model: string
  baseUrl: string
  keyVariables: readonly string[]
  /** Program and arguments that print the key. */
  keyCommand?: readonly string[] | undefined
  /** Keys and header values that must not appear. */
  secrets: readonly string[]
  /** The proxy that it went through, without its password, and the variable that names it. */
  proxy?: {address: string; variable: string} | undefined
  /** A server on this machine: another remedy. */
  local: boolean
  /** True once the reply began to arrive. */
  started: boolean
  /** Of a cloud: what its address is made of, and where that is set: `AWS_REGION (eu-west-1)`. */
  settings?: readonly string[]
}

/** Last part of the error code `provider/…`. */
export type Problem =
  | 'no-key'
  | 'key-command'
  | 'not-set-up'
  | 'no-library'
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

export interface Verdict {
  problem: Problem
  /** What happened, to follow "provider/model at address: ". */
  text: string
  suggestions: string[]
}

const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])
const tooSlow = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

const again = 'Send it again with /retry'
const kept = 'What was received is kept: /continue goes on, /retry asks again'
const otherModel = 'Try another model: hermes chat --model PROVIDER/NAME'

/** What an error means and what helps. */
export function judge(evidence: Evidence, place: CallPlace): Verdict {
  const verdict = verdictOn(evidence, place)
  if (!place.started || verdict.problem === 'context-too-long') return verdict
  return {...verdict, suggestions: [kept, ...verdict.suggestions.filter((one) => one !== kept && one !== again)]}
}

function verdictOn(evidence: Evidence, place: CallPlace): Verdict {
  const {detail, text, names} = evidence
  if (googleLogin.test(text)) {
    return {
      problem: 'no-key',
      text: `Google gave no token (${oneLine(text)})`,
      suggestions: [
        'Log in: gcloud auth application-default login',
        'Or set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account, and start hermes again',
      ],
    }
  }
  if (names.has('AI_LoadAPIKeyError')) {
    return {problem: 'no-key', text: `no API key for ${place.provider}`, suggestions: keyRemedy(place)}
  }
  const shown = detail || oneLine(text)
  return (
    // Before the status: providers send it as 400, as 413 or inside the stream.
    contextVerdict(evidence, place) ??
    refusedVerdict(evidence, place) ??
    namingProxy(proxyVerdict(evidence, place), place) ??
    statusVerdict(evidence, place) ??
    namingProxy(connectionVerdict(evidence, place), place) ?? {
      problem: 'failed',
      text: `${place.provider} failed${shown ? `: ${shown}` : ''}`,
      suggestions: [again, otherModel],
    }
  )
}

export function keyCommandSetting({provider}: CallPlace): string {
  return `providers.${provider}.apiKeyCommand in your own configuration (hermes config path)`
}

export function keyRemedy(place: CallPlace): string[] {
  if (place.keyCommand) return [`Correct the command that prints it: ${keyCommandSetting(place)}`]
  const variables = place.keyVariables.join(' or ')
  return [
    ...(variables ? [`Set ${variables} in the environment and start hermes again`] : []),
    `Or set providers.${place.provider}.apiKey in your own configuration (hermes config path)`,
  ]
}

/** In the words of its library: no credentials, those of a login that is over, a file that is none. */
const googleLogin =
  /could not load the default credentials|invalid_grant|invalid_rapt|reauth|does not exist, or it is not a file|unable to read the credential/i

/** AWS refuses with 403 what others refuse with 401: credentials that are over, or none of its own. */
const awsLogin =
  /security token included in the request|signature we calculated|signature expired|not a valid key=value/i

const tooLong =
  /input is too long|context_length_exceeded|context length|context window|maximum context|prompt is too long|too many tokens|exceeds? the (?:available )?context|input token count.*exceeds/i

function contextVerdict({status, detail, text}: Evidence, place: CallPlace): Verdict | undefined {
  if (status !== undefined && status >= 300 && status !== 400 && status !== 413) return undefined
  if (!tooLong.test(`${detail} ${text}`)) return undefined
  return {
    problem: 'context-too-long',
    text: `the conversation is too long for ${place.model}${detail ? `: ${detail}` : ''}`,
    suggestions: ['Start a new session, or take the last turn back with /undo', 'Choose a model with a larger context'],
  }
}

/** Ollama; vLLM; llama.cpp without a template; OpenRouter. */
const noTools =
  /does not support tools|enable-auto-tool-choice|tool(?:s| use| calling) (?:is|are) not supported|tools param requires|support tool use/i
const noStreamOptions = /stream_options|include_usage/i
const noCaching = /cache_control/i
/** OpenAI; OpenRouter; llama.cpp; vLLM; DeepSeek; Ollama; Groq. */
const noImages =
  /image_url is only supported|support image input|image input is not supported|not a multimodal|at most 0 image|unknown variant `image_url`|does not support (?:images?|vision)|(?:images?|vision)(?: inputs?)? (?:is|are) not supported|required for image input|content must be a string/i

/** Of each option that does without it, what a server can't do. */
const lacks = {
  tools: 'no tools with this model',
  streamUsage: 'no stream options',
  promptCaching: 'no prompt caching',
  images: 'no images with this model',
} as const

function refusedOption(detail: string): keyof typeof lacks | undefined {
  if (noTools.test(detail)) return 'tools'
  if (noStreamOptions.test(detail)) return 'streamUsage'
  if (noImages.test(detail)) return 'images'
  return noCaching.test(detail) ? 'promptCaching' : undefined
}

/** What the server can't do, and which setting does without it. */
function refusedVerdict({status, detail}: Evidence, {provider, model}: CallPlace): Verdict | undefined {
  if (status === undefined || status < 400 || status === 429) return undefined
  const option = refusedOption(detail)
  if (!option) return undefined
  const setting = `providers.${provider}.modelOptions.${JSON.stringify(model)}.${option}`
  const more = option === 'tools' ? ['For all models: tools.enabled: false'] : []
  return {
    problem: 'bad-request',
    text: `answered ${status} (${lacks[option]}): ${detail}`,
    suggestions: [`Set ${setting} to false in your own configuration (hermes config path)`, ...more, otherModel],
  }
}

/** What a proxy says instead of passing the call on. */
function proxyVerdict({status, proxyStatus, errno}: Evidence, {proxy}: CallPlace): Verdict | undefined {
  if (!proxy) return undefined
  const said = proxyStatus ?? (status === 407 ? status : undefined)
  if (said === 407) {
    return {
      problem: 'bad-address',
      text: 'it was not let through (407)',
      suggestions: [`Put its user and password before the host in ${proxy.variable}`],
    }
  }
  if (errno !== 'ERR_PROXY_TUNNEL') return undefined
  return {problem: 'bad-address', text: `it was not let through${said ? ` (${said})` : ''}`, suggestions: []}
}

/** A connection that failed behind a proxy may have failed at it. */
function namingProxy(verdict: Verdict | undefined, {proxy, baseUrl}: CallPlace): Verdict | undefined {
  if (!verdict || !proxy || !['bad-address', 'dropped', 'timeout'].includes(verdict.problem)) return verdict
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : baseUrl
  return {
    ...verdict,
    text: `${verdict.text}, through the proxy ${proxy.address}`,
    suggestions: [...verdict.suggestions, `The proxy is that of ${proxy.variable}; NO_PROXY=${host} goes without it`],
  }
}

/** By the status of the answer. A 2xx whose body could not be read is no verdict. */
function statusVerdict(evidence: Evidence, place: CallPlace): Verdict | undefined {
  const {status, detail} = evidence
  if (status === undefined || status < 300) return undefined
  const said = detail ? `: ${detail}` : ''
  const verdict = (problem: Problem, meaning: string, suggestions: string[]): Verdict => ({
    problem,
    text: `answered ${status} (${meaning})${said}`,
    suggestions,
  })
  switch (status) {
    case 401:
      return verdict('unauthorized', 'unauthorized', ['The key was not accepted: check it', ...keyRemedy(place)])
    case 402:
      return verdict('forbidden', 'payment required', ['Check the balance of the account', otherModel])
    case 403:
      if (awsLogin.test(detail)) {
        return verdict('unauthorized', 'unauthorized', [
          'Get credentials that are valid now: eval "$(aws configure export-credentials --format env)", then start hermes again',
          ...keyRemedy(place),
        ])
      }
      return verdict('forbidden', 'forbidden', [
        `Check that the key may use ${place.model}, and that the provider serves your region`,
        otherModel,
      ])
    case 404:
      return verdict('not-found', `not found: no model ${place.model} there, or the address is wrong`, [
        'Check the name of the model',
        ...addressCheck(place),
      ])
    case 429:
      return rateVerdict(evidence, place, verdict)
    case 408:
    case 504:
      return verdict('timeout', 'timeout', [again, otherModel])
    case 502:
    case 503:
    case 529:
      return verdict('overloaded', 'overloaded or down', [`Wait a little, then: ${again.toLowerCase()}`, otherModel])
    case 400:
    case 413:
    case 422:
      return verdict('bad-request', 'bad request', [otherModel])
    default:
      return verdict('failed', status >= 500 ? 'server error' : 'unexpected', [again, otherModel])
  }
}

/** A used-up quota comes with the status of a rate limit, and waiting does not help. */
export function isQuota({detail, text}: Evidence): boolean {
  return /insufficient_quota|quota|billing|credit/i.test(`${detail} ${text}`)
}

function rateVerdict(
  evidence: Evidence,
  place: CallPlace,
  verdict: (problem: Problem, meaning: string, suggestions: string[]) => Verdict,
): Verdict {
  const another = `Choose another model than ${place.model}`
  const waitMs = namedWaitMs(evidence)
  if (waitMs !== undefined) {
    const wait = duration(waitMs)
    return verdict('rate-limited', `rate limited, free again in ${wait}`, [
      `Wait ${wait}, then send it again with /retry`,
      another,
    ])
  }
  if (isQuota(evidence)) {
    return verdict('rate-limited', 'quota used up', ['Check the plan and balance of the account', another])
  }
  return verdict('rate-limited', 'rate limited', ['Wait a little, then send it again with /retry', another])
}

/** By what became of the connection. */
function connectionVerdict(evidence: Evidence, place: CallPlace): Verdict | undefined {
  const {errno, names} = evidence
  const why = errno ? ` (${errno})` : ''
  if (names.has('ReplySilent')) return silentVerdict(evidence, place)
  if ((errno !== undefined && tooSlow.has(errno)) || names.has('TimeoutError')) {
    return {
      problem: 'timeout',
      text: `${place.provider} did not answer in time${why}`,
      suggestions: [again, otherModel],
    }
  }
  if (names.has('ProxyUnusable')) {
    const {host} = new URL(place.baseUrl)
    return {
      problem: 'bad-address',
      text: evidence.text,
      suggestions: [`Name one of http:// or https:// there, or go without one: NO_PROXY=${host}`],
    }
  }
  if (errno === 'ERR_INVALID_URL') {
    return {
      problem: 'bad-address',
      text: `the address of ${place.provider} is not a URL`,
      suggestions: addressRemedy(place),
    }
  }
  if (place.started && (errno !== undefined || isCutOff(evidence) || isUnreadable(evidence))) {
    return {
      problem: 'dropped',
      text: `the connection to ${place.provider} dropped in mid-reply${why}`,
      suggestions: [kept],
    }
  }
  if (errno !== undefined && unreachable.has(errno)) {
    return {problem: 'bad-address', text: `cannot reach ${place.provider}${why}`, suggestions: addressRemedy(place)}
  }
  if (errno !== undefined && isOfCertificate(errno)) {
    return {
      problem: 'bad-address',
      text: `the certificate of ${place.provider} was not accepted${why}`,
      suggestions: [
        'For an authority of your own set NODE_EXTRA_CA_CERTS to its file',
        'Check the address, the clock of this machine and proxies between',
      ],
    }
  }
  if (isCutOff(evidence)) {
    return {
      problem: 'dropped',
      text: `the connection to ${place.provider} dropped before a reply came${why}`,
      suggestions: [again],
    }
  }
  if (evidence.texts.some((text) => /overloaded/i.test(text))) {
    return {
      problem: 'overloaded',
      text: `${place.provider} is overloaded`,
      suggestions: [`Wait a little, then: ${again.toLowerCase()}`, otherModel],
    }
  }
  if (isUnreadable(evidence)) {
    return {
      problem: 'failed',
      text: `what ${place.provider} sent is not a reply of a model`,
      suggestions: [`Check the address (baseUrl of ${place.provider})`, again],
    }
  }
  return undefined
}

/** OpenSSL's words, and those of Node about the name in a certificate. */
function isOfCertificate(errno: string): boolean {
  return /CERT|TLS|SSL|SIGNED|SIGNATURE|^UNABLE_TO_|CRL|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH/.test(
    errno,
  )
}

function silentVerdict({text}: Evidence, {provider, started}: CallPlace): Verdict {
  if (started) {
    return {
      problem: 'dropped',
      text: `${provider} fell silent in mid-reply (${text})`,
      suggestions: [kept, 'models.idleMs in the configuration allows longer silences'],
    }
  }
  return {
    problem: 'timeout',
    text: `${provider} did not answer in time (${text})`,
    suggestions: [again, 'models.firstTokenMs in the configuration allows longer waits', otherModel],
  }
}

/** What a person is told while a call that failed waits for its next try: `overloaded (529)`. */
export function briefly({status}: Evidence, problem: Problem): string {
  const words: Partial<Record<Problem, string>> = {
    'rate-limited': 'rate limited',
    overloaded: 'overloaded',
    timeout: 'no answer in time',
    dropped: 'connection dropped',
    'bad-address': 'cannot be reached',
  }
  const answered = status !== undefined && status >= 300
  return `${words[problem] ?? (answered ? 'server error' : 'failed')}${answered ? ` (${status})` : ''}`
}

const unreadable = [
  'AI_InvalidResponseDataError',
  'AI_JSONParseError',
  'AI_TypeValidationError',
  'AI_EmptyResponseBodyError',
  'AI_NoOutputGeneratedError',
  'NoReply',
]

/** The answer ended or went on in a way that the protocol has not. */
function isUnreadable({names}: Evidence): boolean {
  return unreadable.some((name) => names.has(name))
}

function addressCheck({provider, settings = []}: CallPlace): string[] {
  if (settings.length > 0) return [`Check ${settings.join(', ')}`]
  return [`Check the address (baseUrl of ${provider}) in the configuration`]
}

function addressRemedy(place: CallPlace): string[] {
  if (place.local) {
    return [`Start ${place.provider}, or check its port`, 'Or choose another model: hermes chat --model offline']
  }
  return [...addressCheck(place), 'Check the network']
}

/** `800 ms`, `20 s`, `3 min`, `2 h`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)} ms`
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`
}
