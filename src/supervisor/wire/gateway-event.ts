import type {EventType, GatewayEvent} from '../../protocol/events.js'
import {isObject} from './frame-reader.js'

type Kind = 'string' | 'string|null' | 'array|null'

/** What the client relies on in each event. Other members are taken as they come, unknown events are left out. */
const required: Record<EventType, Record<string, Kind>> = {
  'gateway.ready': {},
  'message.start': {},
  'message.delta': {text: 'string'},
  'message.complete': {text: 'string|null', status: 'string'},
  'thinking.delta': {text: 'string'},
  'reasoning.delta': {text: 'string'},
  'reasoning.available': {text: 'string'},
  'tool.generating': {name: 'string'},
  'tool.start': {tool_id: 'string', name: 'string'},
  'tool.complete': {tool_id: 'string', name: 'string'},
  'approval.request': {command: 'string'},
  'clarify.request': {question: 'string', choices: 'array|null', request_id: 'string'},
  'sudo.request': {request_id: 'string'},
  'secret.request': {request_id: 'string'},
  'session.info': {},
  'status.update': {text: 'string'},
  error: {message: 'string'},
}

/** An event that has what it needs; `malformed` says what is missing; undefined is an event that nobody handles. */
export function gatewayEvent(
  type: string,
  sessionId: string | undefined,
  payload: unknown,
): {event: GatewayEvent} | {malformed: string} | undefined {
  if (!isKnown(type)) return undefined
  const members = isObject(payload) ? payload : {}
  for (const [name, kind] of Object.entries(required[type])) {
    if (!fits(members[name], kind)) return {malformed: `${type} without a proper ${name}`}
  }
  const event = {type, sessionId: sessionId || undefined, payload: type === 'message.start' ? undefined : members}
  return {event: event as GatewayEvent}
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(required, type)
}

function fits(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string'
    case 'string|null':
      return value === null || typeof value === 'string'
    case 'array|null':
      return value === null || value === undefined || Array.isArray(value)
  }
}
