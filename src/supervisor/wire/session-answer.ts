import type {SessionInfo, SessionOpened, WireMessage} from '../../protocol/methods.js'
import {isObject} from './frame-reader.js'

/** The answer to create, resume or activate, if it is one; what a gateway may leave out is filled in. */
export function sessionOpened(answer: Record<string, unknown>): SessionOpened | undefined {
  if (typeof answer.session_id !== 'string' || answer.session_id === '') return undefined
  const messages = Array.isArray(answer.messages) ? answer.messages.filter(isMessage) : []
  const count = typeof answer.message_count === 'number' ? answer.message_count : messages.length
  const info = {...emptyInfo, ...(isObject(answer.info) ? answer.info : {})}
  return {...answer, session_id: answer.session_id, message_count: count, messages, info}
}

function isMessage(value: unknown): value is WireMessage {
  return isObject(value) && typeof value.role === 'string'
}

const emptyInfo: SessionInfo = {
  model: '',
  cwd: '',
  branch: '',
  tools: {},
  skills: {},
  desktop_contract: 0,
  profile_name: '',
}
