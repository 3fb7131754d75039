import * as Args from '@oclif/core/args'
import {JsonCommand} from '../json-command.js'

export default class Stop extends JsonCommand {
  static override args = {
    session: Args.string({description: 'Key or title of the session.', ignoreStdin: true, required: true}),
  }

  static override examples = [
    '<%= config.bin %> <%= command.id %> KEY',
    {command: '<%= config.bin %> sessions --running', description: 'Which there are'},
  ]

  static override summary = 'End a session that works without a terminal; it is stored up to there.'

  async run(): Promise<unknown> {
    const {args} = await this.parse(Stop)
    const {findRunning, listRunning, stopRunning, unknownRunning} = await import('../sessions/running.js')
    const unknown = unknownRunning(process.env)
    if (unknown !== undefined) this.logToStderr(`hermes: ${unknown}`)
    const item = findRunning(args.session, listRunning(process.env))
    const outcome = await stopRunning(item, this.config.version)
    this.log(
      outcome === 'ended'
        ? `Ended ${item.key}. Go on with: hermes chat --resume ${item.key}`
        : `Ended ${item.key} by force: its gateway did not answer. Go on with: hermes chat --resume ${item.key}`,
    )
    return {version: 1, session: item.key, outcome}
  }
}
