import type {OwnKeys} from '../../keys/bindings.js'
import type {ThemeName} from '../text/theme/themes.js'

/**
 * What follows when a turn was interrupted by the death of its gateway: `keep` offers `/continue` and
 * `/retry`, `continue` goes on with the reply, `retry` asks again unless tools had run. A turn that
 * killed two gateways is always kept.
 */
export type InflightPolicy = 'keep' | 'continue' | 'retry'

/** What of the configuration changed while the chat runs. */
export interface ChatChange {
  showReasoning: boolean
  theme?: ThemeName
  keys?: OwnKeys
  inflight: InflightPolicy
  /** The gateway works by the old configuration: it is replaced when no reply runs. */
  replaceGateway: boolean
}
