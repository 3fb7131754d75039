import type {ApprovalRequest} from '../../protocol/events.js'
import type {Permit, PermitRequest} from '../tools/types.js'
import type {Approval} from './questions.js'

/** What the person is shown of a request for leave. `extra`: what the rules add to it. */
export function approvalOf(
  {access, title, diff}: PermitRequest,
  extra: Partial<ApprovalRequest> = {},
): ApprovalRequest {
  const shown = diff === undefined ? {} : {diff}
  if (access.tool === 'bash') {
    return {command: access.command, description: title, kind: 'command', cwd: access.cwd, ...shown, ...extra}
  }
  if (access.tool === 'mcp') return {command: access.call, description: title, kind: 'mcp', ...extra}
  if (access.tool === 'fetch') {
    return {command: access.url, description: title, kind: 'fetch', ...extra}
  }
  return {command: access.path, description: title, kind: access.tool, ...shown, ...extra}
}

/** What a tool and its model are told of the person's answer. */
export function permitOf({choice, reason}: Approval): Permit {
  if (choice !== 'deny') return {allowed: true, asked: true}
  return {allowed: false, reason: reason ? `the person said no: ${reason}` : 'the person did not allow this'}
}
