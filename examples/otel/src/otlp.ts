/**
 * OTLP as JSON, the part of it that is sent: names in lowerCamelCase, 64-bit numbers and times as decimal strings, enums as
 * numbers, as the protocol wants it.
 */

export interface AnyValue {
  stringValue?: string
  boolValue?: boolean
  intValue?: string
  doubleValue?: number
}

export interface KeyValue {
  key: string
  value: AnyValue
}

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface LogRecord {
  timeUnixNano: string
  observedTimeUnixNano: string
  /** 9 INFO, 13 WARN, 17 ERROR, 21 FATAL. */
  severityNumber: number
  severityText: string
  eventName: string
  body: AnyValue
  attributes: KeyValue[]
}

export interface Resource {
  attributes: KeyValue[]
}

interface Scope {
  name: string
  version: string
}

export interface LogsRequest {
  resourceLogs: {resource: Resource; scopeLogs: {scope: Scope; logRecords: LogRecord[]}[]}[]
}

interface Point {
  startTimeUnixNano: string
  timeUnixNano: string
  attributes: KeyValue[]
}

/** Cumulative, as the default of the specification: `AGGREGATION_TEMPORALITY_CUMULATIVE`. */
export const CUMULATIVE = 2

export type Metric = {name: string; description: string; unit: string} & (
  | {
      sum: {
        aggregationTemporality: number
        isMonotonic: boolean
        dataPoints: (Point & {asInt?: string; asDouble?: number})[]
      }
    }
  | {
      histogram: {
        aggregationTemporality: number
        dataPoints: (Point & {count: string; sum: number; bucketCounts: string[]; explicitBounds: number[]})[]
      }
    }
)

export interface MetricsRequest {
  resourceMetrics: {resource: Resource; scopeMetrics: {scope: Scope; metrics: Metric[]}[]}[]
}

const scope: Scope = {name: 'hermes-otel', version: '1.0.0'}

/** UTC milliseconds as nanoseconds. */
export function nanos(ms: number): string {
  return (BigInt(Math.round(ms * 1000)) * 1000n).toString()
}

export function attributesOf(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return []
    return [{key, value: anyValue(value)}]
  })
}

function anyValue(value: string | number | boolean): AnyValue {
  if (typeof value === 'string') return {stringValue: value}
  if (typeof value === 'boolean') return {boolValue: value}
  return Number.isSafeInteger(value) ? {intValue: String(value)} : {doubleValue: value}
}

export function logsRequest(resource: Attributes, logRecords: LogRecord[]): LogsRequest {
  return {resourceLogs: [{resource: {attributes: attributesOf(resource)}, scopeLogs: [{scope, logRecords}]}]}
}

export function metricsRequest(resource: Attributes, metrics: Metric[]): MetricsRequest {
  return {resourceMetrics: [{resource: {attributes: attributesOf(resource)}, scopeMetrics: [{scope, metrics}]}]}
}
