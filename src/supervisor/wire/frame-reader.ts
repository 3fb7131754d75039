import {harmless} from '../../control-sequences.js'
import {messageOf} from '../../errors.js'
import {isObject} from '../../protocol/shapes/shape.js'
import {cutDepth} from './depth.js'

/** A line of a gateway's stdout, read. */
export type Incoming =
  | {kind: 'event'; type: string; sessionId: string | undefined; payload: unknown}
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
    const sid = params.session_id
    return {
      kind: 'event',
      type: params.type,
      sessionId: typeof sid === 'string' ? sid : undefined,
      payload: params.payload,
    }
  }
  if (isObject(error)) {
    const code = typeof error.code === 'number' ? error.code : 0
    const message = typeof error.message === 'string' ? error.message : 'unknown error'
    return {kind: 'error', id, code, message, data: isObject(error.data) ? error.data : undefined}
  }
  if ('result' in frame) return {kind: 'result', id, result: isObject(result) ? result : {value: result}}
  return malformed('neither an event nor a response', bytes)
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
