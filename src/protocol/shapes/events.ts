import type {ApprovalRequest, EventPayloads, EventType} from '../events.js'
import {type StopReason, stopReasons} from '../stop-reason.js'
import {sessionInfoMembers, toolState, usage} from './answers.js'
import {
  amount,
  anything,
  flag,
  listOf,
  type Members,
  may,
  must,
  nullOr,
  object,
  oneOf,
  or,
  recordOf,
  text,
} from './shape.js'

type Offer = NonNullable<ApprovalRequest['offers']>[number]

const offerMembers: Members<Offer> = {
  scope: must(oneOf<Offer['scope']>('session', 'always')),
  rule: must(text),
  covers: must(text),
}

type Payload<T extends EventType> = EventPayloads[T] extends undefined ? Record<never, never> : EventPayloads[T]

const delta: Members<{text: string}> = {text: must(text)}

/**
 * Every member of every event that the client handles. `must`: without it the event is malformed. All others may be
 * missing or anything, and are what they should be when they come to the screen.
 */
export const eventMembers: {readonly [T in EventType]: Members<Payload<T>>} = {
  'gateway.ready': {
    skin: or(recordOf(anything), {}),
    protocol_version: may(amount),
    gateway_version: may(text),
    pid: may(amount),
    capabilities: may(listOf(text)),
  },
  'message.start': {},
  'message.delta': {text: must(text), rendered: may(text)},
  'message.complete': {
    text: must(nullOr(text)),
    usage: may(usage),
    // A turn whose end is told in an unknown word has ended all the same.
    status: or(oneOf<EventPayloads['message.complete']['status']>('complete', 'interrupted', 'error'), 'error'),
    reasoning: may(text),
    warning: may(text),
    prompt_id: may(text),
    steps: may(amount),
    stop_reason: may(oneOf<StopReason>(...stopReasons)),
  },
  'model.retry': {attempt: or(amount, 1), limit: or(amount, 1), wait_ms: or(amount, 0), reason: or(text, '')},
  'model.silent': {silent_ms: or(amount, 0)},
  'thinking.delta': delta,
  'reasoning.delta': delta,
  'reasoning.available': delta,
  'tool.generating': {name: must(text)},
  'tool.start': {tool_id: must(text), name: must(text), context: or(text, ''), args_text: may(text)},
  'tool.progress': {name: or(text, ''), preview: must(text), tool_id: may(text)},
  'tool.complete': {
    tool_id: must(text),
    name: must(text),
    args: may(anything),
    result: may(anything),
    duration_s: may(amount),
    summary: may(text),
    todos: may(anything),
    inline_diff: may(text),
    status: may(toolState),
    context: may(text),
  },
  'approval.request': {
    command: must(text),
    description: or(text, ''),
    pattern_key: may(text),
    allow_permanent: may(flag),
    request_id: may(text),
    kind: may(oneOf<NonNullable<ApprovalRequest['kind']>>('command', 'edit', 'read')),
    diff: may(text),
    cwd: may(text),
    dangers: may(listOf(text)),
    destructive: may(flag),
    why: may(text),
    offers: may(listOf(object(offerMembers))),
  },
  'clarify.request': {question: must(text), choices: or(nullOr(listOf(text)), null), request_id: must(text)},
  'sudo.request': {request_id: must(text)},
  'secret.request': {prompt: or(text, ''), env_var: or(text, ''), request_id: must(text)},
  'session.info': sessionInfoMembers,
  'status.update': {kind: or(text, ''), text: must(text)},
  error: {message: must(text), code: may(text), hint: may(text)},
}
