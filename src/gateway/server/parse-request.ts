import {isUtf8} from 'node:buffer'
import {type ErrorFrame, errorCodes, MAX_REQUEST_BYTES, type RequestId} from '../../protocol/frames.js'
import type {SplitLine} from '../../protocol/line-splitter.js'

export interface Request {
  id: RequestId
  method: string
  params: Record<string, unknown>
}

export type ParsedLine = {kind: 'blank'} | {kind: 'request'; request: Request} | {kind: 'refused'; answer: ErrorFrame}

/**
 * Reads one line as the reference gateway does: `jsonrpc` is not looked at, a missing id is null and
 * is answered all the same, null params are `{}`. What kills the reference (invalid UTF-8) is refused.
 */
export function parseRequest(line: SplitLine): ParsedLine {
  if (line.kind === 'too-long') {
    return refuse(
      null,
      errorCodes.invalidRequest,
      `invalid request: the line has ${line.length} bytes, the limit is ${MAX_REQUEST_BYTES} (${MAX_REQUEST_BYTES / 1024 / 1024} MiB)`,
    )
  }
  if (!isUtf8(line.bytes)) return refuse(null, errorCodes.parse, 'parse error: invalid UTF-8')
  // Only JSON's own white space: a byte order mark is a parse error, as in the reference.
  const text = line.bytes.toString('utf8').replace(/^[ \t\r]+|[ \t\r]+$/g, '')
  if (text === '') return {kind: 'blank'}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse(null, errorCodes.parse, 'parse error')
  }
  if (!isObject(value)) return refuse(null, errorCodes.invalidRequest, 'invalid request: expected an object')
  const id = (value.id ?? null) as RequestId
  if (typeof value.method !== 'string' || value.method === '') {
    return refuse(id, errorCodes.invalidRequest, 'invalid request: method must be a non-empty string')
  }
  const params = value.params ?? {}
  if (!isObject(params)) return refuse(id, errorCodes.invalidParams, 'invalid params: expected an object')
  return {kind: 'request', request: {id, method: value.method, params}}
}

function refuse(id: RequestId, code: number, message: string): ParsedLine {
  return {kind: 'refused', answer: {jsonrpc: '2.0', id, error: {code, message}}}
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
