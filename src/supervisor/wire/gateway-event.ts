import type {EventType, GatewayEvent} from '../../protocol/events.js'
import {eventMembers} from '../../protocol/shapes/events.js'
import {isObject, type Members, readObject} from '../../protocol/shapes/shape.js'

/**
 * An event whose members are what they should be; `odd` names those that were something else and count as absent.
 * `malformed` says what it can't do without; undefined is an event that nobody handles.
 */
export function gatewayEvent(
  type: string,
  sessionId: string | undefined,
  payload: unknown,
  seq?: number,
): {event: GatewayEvent; odd?: string} | {malformed: string} | undefined {
  if (!isKnown(type)) return undefined
  const members: Members<object> = eventMembers[type]
  const reading = readObject(members, isObject(payload) ? payload : {})
  if ('missing' in reading) return {malformed: `${type} without a proper ${reading.missing}`}
  const {value, odd} = reading
  const event = {
    type,
    sessionId: sessionId || undefined,
    payload: type === 'message.start' ? undefined : value,
    ...(seq === undefined ? {} : {seq}),
  }
  return {
    event: event as GatewayEvent,
    ...(odd.length > 0 && {odd: `${type} with an improper ${odd.join(', ')}, taken as absent`}),
  }
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(eventMembers, type)
}
