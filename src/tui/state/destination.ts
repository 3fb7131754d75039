import type {SessionInfo} from '../../protocol/methods.js'
import {oneLine} from '../text/sanitize.js'

/** Where what the person writes goes, if the model's name does not say it. */
export function destinationText({model, provider, sends_to}: SessionInfo): string | undefined {
  if (!sends_to) return undefined
  const why = sends_to.found
    ? 'a server found on this machine, since no model is configured'
    : `the address that is set for ${oneLine(provider ?? 'the provider', 60)}`
  return `What you write goes to ${oneLine(sends_to.host, 100)} (${oneLine(model, 60)}), ${why}`
}
