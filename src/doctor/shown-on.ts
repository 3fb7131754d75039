import * as Flags from '@oclif/core/flags'

/** Of a chat that shows a report; hidden. */
export const shownOn = () =>
  Flags.string({
    description: 'Columns, rows and bits of colour of the terminal that will show the report.',
    helpValue: 'COLUMNS,ROWS,BITS',
    hidden: true,
  })
