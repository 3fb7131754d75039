import type {GatewayEvent} from '../../protocol/events.js'
import type {ServerRequest} from '../../protocol/requests.js'
import {declined} from '../../tui/state/asked.js'
import {visibleLine} from '../../tui/text/visible.js'

type Question = Extract<GatewayEvent, {type: `${'approval' | 'clarify' | 'sudo' | 'secret'}.request`}>

/** How a question is answered where nobody can be asked, and what the person is told of it. */
export function refusalOf({type, payload}: Question): {
  note: string
  method: string
  params: Record<string, unknown>
} {
  const {request_id} = payload
  switch (type) {
    case 'approval.request':
      return {
        note: denied(payload.command),
        method: 'approval.respond',
        params: {request_id, choice: 'deny', reason: 'not allowed in this run'},
      }
    case 'clarify.request':
      return {note: notAnswered(payload.question), method: 'clarify.respond', params: {request_id, answer: ''}}
    case 'sudo.request':
      return {
        note: 'no password given, as nobody can be asked',
        method: 'sudo.respond',
        params: {request_id, password: ''},
      }
    case 'secret.request':
      return {
        note: `not given, as nobody can be asked: ${payload.env_var}`,
        method: 'secret.respond',
        params: {request_id, value: ''},
      }
  }
}

/** The same of a request that the gateway sent. */
export function refusalOfRequest(request: ServerRequest): {note: string; result: Record<string, unknown>} {
  const note = request.method === 'approval' ? denied(request.params.command) : notAnswered(request.method)
  return {note, result: declined(request)}
}

const denied = (command: string) => `denied, as nobody can be asked: ${visibleLine(command)}`
const notAnswered = (question: string) => `not answered, as nobody can be asked: ${visibleLine(question)}`
