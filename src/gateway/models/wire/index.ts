import type {ApiKind} from '../catalog.js'
import {anthropicWire} from './anthropic.js'
import {bedrockWire} from './bedrock.js'
import {chatWire} from './chat.js'
import {googleWire} from './google.js'
import {responsesWire} from './responses.js'
import type {Wire} from './types.js'

/** What reads one reply of such an API. */
export const wires: Readonly<Record<ApiKind, () => Wire>> = {
  openai: responsesWire,
  anthropic: anthropicWire,
  google: googleWire,
  bedrock: bedrockWire,
  openrouter: chatWire,
  'openai-compatible': chatWire,
}
