import * as Flags from '@oclif/core/flags'

/** `-n COUNT`, of lists; default 20. */
export const limitFlag = (description: string, max: number) =>
  Flags.integer({char: 'n', default: 20, description, helpValue: 'COUNT', max, min: 1})
