import {harmless} from '../../control-sequences.js'
import {messageOf} from '../../errors.js'
import type {AskId} from '../../protocol/requests.js'
import {askId} from '../../protocol/shapes/answers.js'
import {amount, isObject} from '../../protocol/shapes/shape.js'
import {cutDepth} from './depth.js'

/** A line of a gateway's stdout, read. */
export type Incoming =
  | {kind: 'event'; type: string; sessionId: string | undefined; payload: unknown; seq?: number}
  /** The gateway asks, and waits for a response with this id. */
  | {kind: 'request'; id: AskId; method: string; params: unknown}
  | {kind: 'result'; id: unknown; result: Record<string, unknown>}
  | {kind: 'error'; id: unknown; code: number; message: string; data: Record<string, unknown> | undefined}
  | {kind: 'malformed'; detail: string}

const PREVIEW_CHARS = 240

/** Never throws: a line that is no frame is told as `malformed`. */
export function readFrame(bytes: Buffer): Incoming | undefined {
  const text = bytes.toString('utf8')
  if (text.trim() === '') return undefined
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch (error) {
    return malformed(`not JSON (${harmless(messageOf(error), 80)})`, bytes)
  }
  if (!isObject(frame)) return malformed('not an object', bytes)
  cutDepth(frame)
  const {method, params, id, result, error} = frame
  if (method === 'event' && isObject(params) && typeof params.type === 'string') {
    return readEvent(params.type, params)
  }
  if (typeof method === 'string' && method !== 'event') {
    const asked = askId(id)
    if (asked !== undefined) return {kind: 'request', id: asked, method, params}
    return malformed(`neither an event nor a request that could be answered (${harmless(method, 80)})`, bytes)
  }
  if (isObject(error)) {
    const code = typeof error.code === 'number' ? error.code : 0
    const message = typeof error.message === 'string' ? error.message : 'unknown error'
    return {kind: 'error', id, code, message, data: isObject(error.data) ? error.data : undefined}
  }
  if ('result' in frame) return {kind: 'result', id, result: isObject(result) ? result : {value: result}}
  return malformed('neither an event nor a response', bytes)
}

/** The parameters of an event, as they come and as `session.events.since` tells them again. */
export function readEvent(
  type: string,
  {session_id: sid, payload, seq}: Readonly<Record<string, unknown>>,
): Extract<Incoming, {kind: 'event'}> {
  const numbered = amount(seq)
  return {
    kind: 'event',
    type,
    sessionId: typeof sid === 'string' ? sid : undefined,
    payload,
    ...(numbered === undefined ? {} : {seq: numbered}),
  }
}

/** The id of a response whose line was too long to be kept, if its head shows one. */
export function idInHead(head: Buffer): string | undefined {
  return head.toString('utf8').match(/"id"\s*:\s*"([^"\\]+)"/)?.[1]
}

export function preview(bytes: Buffer): string {
  return harmless(bytes.subarray(0, 4 * PREVIEW_CHARS).toString('utf8'), PREVIEW_CHARS)
}

function malformed(what: string, bytes: Buffer): Incoming {
  return {kind: 'malformed', detail: `${what}, ${bytes.length} bytes: ${preview(bytes)}`}
}
