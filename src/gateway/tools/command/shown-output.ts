import {stripControlSequences} from '../../../control-sequences.js'
import {maskAddresses} from '../../../redact/index.js'

/** Of an output so much is told to a model, from its two ends: about 10 000 tokens in all. */
export const HEAD_BYTES = 16 * 1024
export const TAIL_BYTES = 24 * 1024

/** Output as text for models and people. */
export function shown(output: string): string {
  return maskAddresses(stripControlSequences(output))
}
