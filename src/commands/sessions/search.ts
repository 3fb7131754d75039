import * as Args from '@oclif/core/args'
import {colorize} from '@oclif/core/ux'
import {JsonCommand} from '../../json-command.js'
import {limitFlag} from '../../limit-flag.js'
import {sessionsHere} from '../../sessions/configured.js'
import {agoText} from '../../sessions/list.js'
import {oneLine} from '../../tui/text/sanitize.js'

export default class SessionsSearch extends JsonCommand {
  static override args = {
    words: Args.string({description: 'Words that a message must all have.', ignoreStdin: true, required: true}),
  }
  static override examples = [
    "<%= config.bin %> <%= command.id %> 'failing test'",
    {command: '<%= config.bin %> chat --resume KEY', description: 'Go on with one of them'},
  ]
  static override flags = {
    limit: limitFlag('How many at most.', 10_000),
  }
  static override summary = 'Find the sessions in which something was said.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(SessionsSearch)
    const {limit} = flags
    const {sessions, note} = await sessionsHere({cwd: process.cwd(), env: process.env, limit, search: args.words})
    if (note !== undefined) this.logToStderr(note)
    const now = Date.now()
    for (const {key, title, excerpt, time, agent} of sessions) {
      const name = title === undefined ? '' : `  ${colorize('bold', oneLine(title))}`
      this.log(
        `${colorize('cyan', oneLine(key))}  ${colorize('dim', [agoText(time, now), agent].filter(Boolean).join('  '))}${name}`,
      )
      this.log(`  ${oneLine(excerpt)}`)
    }
    if (sessions.length === 0) this.log('No stored message has these words.')
    return {
      schemaVersion: 1,
      sessions: sessions.map((session) => ({...session, time: new Date(session.time).toISOString()})),
    }
  }
}
