import * as Flags from '@oclif/core/flags'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'
import {limitFlag} from '../../limit-flag.js'

export default class DoctorCrashes extends JsonCommand {
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {command: '<%= config.bin %> <%= command.id %> --since 7d', description: 'Those of the last week'},
  ]

  static override flags = {
    limit: limitFlag('How many at most, the latest.', 100_000),
    session: Flags.string({description: 'Only those of this session; its key may be cut short.', helpValue: 'KEY'}),
    since: Flags.string({
      description: 'Only those from then on: a date, or how long ago (30m, 12h, 7d).',
      helpValue: 'TIME',
    }),
  }

  static override summary = 'List the deaths in the crash log, most recent first.'

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DoctorCrashes)
    const {examineDeaths} = await import('../../doctor/examine.js')
    const {crashesJson} = await import('../../doctor/json.js')
    const {renderCrashes} = await import('../../doctor/report.js')
    const {look, timeOf} = await import('../../doctor/setup.js')
    const now = Date.now()
    const since = flags.since === undefined ? undefined : timeOf(flags.since, now)
    const found = await examineDeaths(process.env, process.cwd(), {since, session: flags.session, limit: flags.limit})
    for (const line of renderCrashes(found, look(), now)) this.log(line)
    for (const {path, reason} of found.statistics.unreadable)
      this.logToStderr(visibleText(`could not be read: ${path}: ${reason}`))
    if (found.statistics.unreadable.length > 0) process.exitCode = 2
    return crashesJson(found)
  }
}
