import {PROTOCOL_RANGE, rangeText, speakTogether} from '../protocol/capabilities.js'
import type {RunningGateway} from './running.js'

/** Why a gateway can't be spoken to, whatever it is asked for; undefined where a version of the protocol is common. */
export function skewOf({protocol, build}: Pick<RunningGateway, 'protocol' | 'build'>): string | undefined {
  if (speakTogether(protocol, PROTOCOL_RANGE)) return undefined
  return `it is of hermes ${build} and speaks ${rangeText(protocol)}, this one speaks ${rangeText(PROTOCOL_RANGE)}`
}
