import type {ProviderKind} from '../catalog.js'
import {anthropicWire} from './anthropic.js'
import {chatWire} from './chat.js'
import {googleWire} from './google.js'
import {responsesWire} from './responses.js'
import type {Wire} from './types.js'

/** What reads one reply of such a provider. */
export const wires: Readonly<Record<ProviderKind, () => Wire>> = {
  openai: responsesWire,
  anthropic: anthropicWire,
  google: googleWire,
  openrouter: chatWire,
  'openai-compatible': chatWire,
}
