export type Json = Record<string, unknown>

/** What one event of a provider says. */
export interface Reading {
  /** The event as the client library takes it; undefined: it is skipped. */
  pass?: Json
  /** What was skipped or mended, for the log. */
  note?: string
  /** The provider's last word: `more` may follow (usage), or nothing does. */
  end?: 'more' | 'nothing'
  /** The model declined to answer. */
  refused?: boolean
  /** The provider reports an error where a reply belongs. */
  failure?: ProviderSaid
}

/** Reads the events of one reply, in order. */
export interface Wire {
  /** Its events come in the frames of AWS, each as `{TYPE: payload}`; default: as server-sent events. */
  readonly framed?: true
  read(event: Json): Reading
  /** A whole reply, sent where a stream was asked for, as events. */
  unfold(answer: Json): Json[]
  /** What `[DONE]` stands for where nothing said before why the reply ended; default: nothing. */
  done?(): Json
}

/** An error in the provider's own words, inside an answer that began as a success. */
export class ProviderSaid extends Error {
  readonly statusCode: number | undefined
  /** JSON of what it sent, from which message and wait are read. */
  readonly responseBody: string

  constructor(sent: unknown, status?: number) {
    super('the provider reported an error')
    this.name = 'ProviderSaid'
    this.statusCode = status
    this.responseBody = JSON.stringify(sent)
  }
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** A status of HTTP: a number, or digits. */
export function statusIn(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof status === 'number' && status >= 300 && status < 600 ? status : undefined
}

/** A copy without the members that are neither absent, null nor of that type; the same object where there are none. */
export function without(source: Json, types: Readonly<Record<string, 'string' | 'number' | 'object'>>): Json {
  const odd = Object.entries(types).filter(([name, type]) => {
    const value = source[name]
    return value !== undefined && value !== null && (type === 'object' ? !isJson(value) : typeof value !== type)
  })
  if (odd.length === 0) return source
  const copy = {...source}
  for (const [name] of odd) delete copy[name]
  return copy
}
