import {errnoOf} from '../../errors.js'

/** What was found in an error and in the errors that caused it. */
export interface Evidence {
  status: number | undefined
  /** Of a proxy that refused to connect. */
  proxyStatus: number | undefined
  headers: Record<string, string>
  /** What the provider itself said. */
  detail: string
  /** The body in which it did; empty where there is none. */
  body: string
  errno: string | undefined
  names: ReadonlySet<string>
  /** The first message of the chain, and all of them. */
  text: string
  texts: readonly string[]
}

/** Walks the error, its causes and the last of its retries. */
export function collect(error: unknown): Evidence {
  const names = new Set<string>()
  let status: number | undefined
  let proxyStatus: number | undefined
  let errno: string | undefined
  let detail = ''
  let body = ''
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
    if (one.code === 'ERR_PROXY_TUNNEL') proxyStatus ??= statusOf(one)
    else status ??= statusOf(one)
    errno ??= systemCode(current)
    if (typeof one.responseHeaders === 'object' && one.responseHeaders) headers = lowerCase(one.responseHeaders)
    detail ||= detailOf(one)
    if (typeof one.responseBody === 'string') body ||= one.responseBody
    // Happy Eyeballs throws an AggregateError without a code of its own.
    current = one.lastError ?? one.cause ?? (Array.isArray(one.errors) ? one.errors[0] : undefined) ?? nestedError(one)
  }
  const text = texts.find((one) => one !== '') ?? ''
  return {status, proxyStatus, headers, detail: oneLine(detail), body, errno, names, text, texts}
}

const cutOffCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'ECONNABORTED',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

/** The connection was closed where more had to come. */
export function isCutOff({errno, names, texts}: Evidence): boolean {
  if (names.has('ReplyCut')) return true
  if (errno !== undefined) return cutOffCodes.has(errno)
  return texts.some((text) => /^terminated$|other side closed|socket hang up|premature close/i.test(text))
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

/**
 * What the provider said in its body: `{error: {message}}`, `{error: "…"}`, `{message}`, `{detail}` of FastAPI, or short
 * plain text. OpenRouter puts the words of the provider behind it into `metadata.raw`.
 */
function detailOf(error: Record<string, unknown>): string {
  const body = error.responseBody
  if (typeof body !== 'string' || body === '') return ''
  try {
    const parsed = JSON.parse(body) as unknown
    const root = (Array.isArray(parsed) ? parsed[0] : parsed) as Record<string, unknown> | null
    const inner = root?.error
    if (typeof inner === 'string') return inner
    const said = inner as {message?: unknown; type?: unknown; code?: unknown; metadata?: {raw?: unknown}} | null
    const raw = said?.metadata?.raw
    const words = [said?.message, root?.message, ...fastApi(root?.detail), said?.type, said?.code].find(isText)
    return [words, raw].filter(isText).join(': ')
  } catch {
    // A proxy's HTML page says nothing that fits a line.
    return body.trimStart().startsWith('<') ? '' : body
  }
}

function fastApi(detail: unknown): unknown[] {
  return Array.isArray(detail) ? detail.map((one) => (one as {msg?: unknown} | null)?.msg) : [detail]
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function lowerCase(headers: object): Record<string, string> {
  const lower: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') lower[name.toLowerCase()] = value
  return lower
}

/** Whitespace and control characters become one space; cut at 300 characters. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a provider's text must not drive the terminal
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
