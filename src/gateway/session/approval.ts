import type {ApprovalRequest} from '../../protocol/events.js'
import {type AskedBy, whyAsked} from '../tool-hooks/before-call.js'
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

/** What the person is shown of a call that asks no leave, and that a hook of a plugin has them asked about. */
export function approvalOfCall({name, context}: {name: string; context: string}, askedBy: AskedBy): ApprovalRequest {
  return {
    command: context === '' ? name : `${name} ${context}`,
    description: `Use the tool ${name}`,
    kind: 'mcp',
    ...askedFor(askedBy),
    dangers: [],
    destructive: false,
  }
}

/** A yes holds for once: the hook asks again the next time, whatever a rule says. `also`: why rules or mode ask too. */
export function askedFor(askedBy: AskedBy, also?: string): Pick<ApprovalRequest, 'why' | 'offers' | 'asked_by'> {
  return {why: [whyAsked(askedBy), ...(also ? [also] : [])].join('; '), offers: [], asked_by: askedBy}
}

/** What a tool and its model are told of the person's answer. */
export function permitOf({choice, reason}: Approval): Permit {
  if (choice !== 'deny') return {allowed: true, asked: true}
  return {allowed: false, reason: reason ? `the person said no: ${reason}` : 'the person did not allow this'}
}
