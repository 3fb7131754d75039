import type {ClarifyQuestion, RequestMethod, RequestParams, ServerRequest} from '../requests.js'
import {approvalMembers, secretMetadata} from './events.js'
import {
  flag,
  isObject,
  listOf,
  type Members,
  may,
  must,
  nullOr,
  object,
  or,
  readObject,
  recordOf,
  text,
} from './shape.js'

/** How the parameters of a gateway's own requests are read, member by member. */

const clarifyMembers: Members<ClarifyQuestion> = {
  qid: must(text),
  question: must(text),
  choices: or(nullOr(listOf(text)), null),
  multi_select: or(flag, false),
}

const optionMembers: Members<RequestParams['setup_choose']['options'][number]> = {
  id: must(text),
  label: must(text),
  detail: may(text),
}

export const requestMembers: {readonly [M in RequestMethod]: Members<RequestParams[M]>} = {
  approval: approvalMembers,
  clarify: {questions: must(listOf(object(clarifyMembers))), answers: or(recordOf(nullOr(text)), {})},
  sudo: {command: or(text, '')},
  secret: {env_var: or(text, ''), prompt: or(text, ''), metadata: may(object(secretMetadata))},
  'vault.unlock_prompt': {backend: or(text, ''), display_name: or(text, '')},
  'vault.save_login': {origin: or(text, ''), site: or(text, '')},
  'vault.code': {site: or(text, ''), hint: or(text, '')},
  setup_choose: {question: must(text), options: or(listOf(object(optionMembers)), []), multi_select: or(flag, false)},
}

export type RequestReading =
  | {kind: 'asked'; request: ServerRequest; odd: string[]}
  /** A person could answer it, if it said what it is about. */
  | {kind: 'improper'; member: string}
  /** Nobody here answers such a request. */
  | {kind: 'unknown'}

export function readRequest(id: ServerRequest['id'], method: string, params: unknown): RequestReading {
  if (!isAnswered(method)) return {kind: 'unknown'}
  const members: Members<object> = requestMembers[method]
  const reading = readObject(members, isObject(params) ? params : {})
  if ('missing' in reading) return {kind: 'improper', member: reading.missing}
  return {kind: 'asked', request: {id, method, params: reading.value} as ServerRequest, odd: reading.odd}
}

function isAnswered(method: string): method is RequestMethod {
  return Object.hasOwn(requestMembers, method)
}
