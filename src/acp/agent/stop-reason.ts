import type {StopReason as AcpStopReason} from '@agentclientprotocol/sdk'
import type {StopReason} from '../../protocol/stop-reason.js'

/** How a turn that ended in order is told to an editor; undefined: the reply is whole. */
export function acpStopReason(reason: StopReason | undefined): AcpStopReason {
  switch (reason) {
    case 'length':
      return 'max_tokens'
    case 'step-limit':
      return 'max_turn_requests'
    case 'refusal':
    case 'content-filter':
      return 'refusal'
    default:
      return 'end_turn'
  }
}
