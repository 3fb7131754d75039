import * as Flags from '@oclif/core/flags'
import type {Spent} from '../gateway/store/types.js'
import {JsonCommand} from '../json-command.js'
import {usageSince} from '../usage/report.js'
import {sinceTime} from '../usage/since.js'
import {usageLines} from '../usage/text.js'

export default class Usage extends JsonCommand {
  static override description =
    'Also of sessions that were deleted. A cost is of the time at which it arose: no later change of a price or model changes it.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --since 7d',
    '<%= config.bin %> <%= command.id %> --since 2026-11-01 --json',
  ]

  static override flags = {
    since: Flags.string({
      default: '30d',
      description: 'From when on: 12h, 7d, 2w, or a day as 2026-11-01.',
      helpValue: 'TIME',
    }),
  }

  static override summary = 'Tell what all sessions have taken and cost, by day and model.'

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Usage)
    const since = sinceTime(flags.since, Date.now())
    const report = await usageSince(process.env, since)
    for (const line of usageLines(report)) this.log(line)
    return {
      version: 1,
      since: new Date(since).toISOString(),
      days: report.days.map(({day, ...rest}) => ({day, ...toJson(rest)})),
      models: report.models.map(toJson),
      total: toJson(report.total),
    }
  }
}

/** `costUsd` is null where no price is known of any step, and a lower bound where `unpricedCalls` is not 0. */
function toJson({usage, calls, unpriced, usd, savedUsd, ...rest}: Omit<Spent, 'model'> & {model?: string}) {
  return {
    ...rest,
    calls,
    unpricedCalls: unpriced,
    ...usage,
    costUsd: calls > 0 && unpriced >= calls ? null : usd,
    savedUsd,
  }
}
