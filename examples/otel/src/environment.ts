/** `OTEL_*`, as the specification of OpenTelemetry has it. */

export type Signal = 'logs' | 'metrics'

export interface Destination {
  url: string
  headers: Readonly<Record<string, string>>
  /** Of one request, milliseconds. */
  timeoutMs: number
}

export interface Environment {
  disabled: boolean
  serviceName: string
  resource: Readonly<Record<string, string>>
  /** Undefined: that signal is not exported. */
  logs: Destination | undefined
  metrics: Destination | undefined
  /** What is not understood, a line each. */
  problems: readonly string[]
}

const DEFAULT_ENDPOINT = 'http://localhost:4318'
const DEFAULT_TIMEOUT_MS = 10_000

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const problems: string[] = []
  const {service, ...resource} = resourceOf(env.OTEL_RESOURCE_ATTRIBUTES, problems)
  const protocol = env.OTEL_EXPORTER_OTLP_PROTOCOL
  if (protocol && protocol !== 'http/json')
    problems.push(`OTEL_EXPORTER_OTLP_PROTOCOL is ${JSON.stringify(protocol)}; this exporter speaks http/json alone`)
  return {
    disabled: env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true',
    serviceName: env.OTEL_SERVICE_NAME || service || 'hermes',
    resource,
    logs: destination('logs', env, problems),
    metrics: destination('metrics', env, problems),
    problems,
  }
}

function destination(signal: Signal, env: NodeJS.ProcessEnv, problems: string[]): Destination | undefined {
  const name = signal.toUpperCase()
  const of = (key: string) => env[`OTEL_EXPORTER_OTLP_${name}_${key}`]?.trim() || undefined
  const all = (key: string) => env[`OTEL_EXPORTER_OTLP_${key}`]?.trim() || undefined
  if (env[`OTEL_${name}_EXPORTER`]?.trim() === 'none') return undefined
  const base = all('ENDPOINT') ?? DEFAULT_ENDPOINT
  // That of one signal is used as it is, the common one has its path added.
  const url = of('ENDPOINT') ?? `${base.replace(/\/+$/, '')}/v1/${signal}`
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    problems.push(
      `${of('ENDPOINT') ? `OTEL_EXPORTER_OTLP_${name}_ENDPOINT` : 'OTEL_EXPORTER_OTLP_ENDPOINT'} is no http address`,
    )
    return undefined
  }
  const timeout = Number(of('TIMEOUT') ?? all('TIMEOUT') ?? DEFAULT_TIMEOUT_MS)
  const timeoutMs = Number.isFinite(timeout) && timeout > 0 ? timeout : DEFAULT_TIMEOUT_MS
  return {url, headers: {...pairsOf(all('HEADERS')), ...pairsOf(of('HEADERS'))}, timeoutMs}
}

/** A value that can't be read is discarded whole. */
function resourceOf(text: string | undefined, problems: string[]): Record<string, string> & {service?: string} {
  if (!text?.trim()) return {}
  try {
    const {'service.name': service, ...rest} = pairsOf(text, {strict: true})
    return {...rest, ...(service && {service})}
  } catch {
    problems.push('OTEL_RESOURCE_ATTRIBUTES is not a list of KEY=VALUE, and is left out')
    return {}
  }
}

/** `key=value,key2=value%20two`. */
function pairsOf(text: string | undefined, {strict = false} = {}): Record<string, string> {
  return Object.fromEntries(
    (text ?? '').split(',').flatMap((pair) => {
      if (pair.trim() === '') return []
      const cut = pair.indexOf('=')
      const key = pair.slice(0, cut).trim()
      try {
        if (cut < 1 || key === '') throw new Error('no pair')
        return [[decodeURIComponent(key), decodeURIComponent(pair.slice(cut + 1).trim())]]
      } catch (error) {
        if (strict) throw error
        return []
      }
    }),
  )
}
