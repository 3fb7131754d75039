/** What ended a turn before the model was done, or left its reply incomplete. */
export const stopReasons = [
  'step-limit',
  /** The same call had the same result too often. */
  'loop',
  'length',
  'content-filter',
  'refusal',
  'malformed-call',
  /** No text at all. */
  'empty',
  'reasoning-only',
  /** The provider gave a reason of its own. */
  'other',
] as const
export type StopReason = (typeof stopReasons)[number]
