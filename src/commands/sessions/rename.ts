import * as Args from '@oclif/core/args'
import {JsonCommand} from '../../json-command.js'
import {renameSession} from '../../sessions/edit.js'
import {oneLine} from '../../tui/text/sanitize.js'

export default class SessionsRename extends JsonCommand {
  static override args = {
    session: Args.string({
      description: 'Key or title of the session; a part of the title is enough where it is the only one.',
      ignoreStdin: true,
      required: true,
    }),
    title: Args.string({description: 'Its new title, which no other session has.', ignoreStdin: true, required: true}),
  }
  static override examples = ["<%= config.bin %> <%= command.id %> KEY 'Fix the build'"]
  static override summary = 'Give a stored session another title.'

  async run(): Promise<unknown> {
    const {args} = await this.parse(SessionsRename)
    const renamed = await renameSession({cwd: process.cwd(), env: process.env}, args.session, args.title)
    this.log(`Renamed ${oneLine(renamed.key)}: ${oneLine(renamed.title)}`)
    return {schemaVersion: 1, session: renamed.key, title: renamed.title}
  }
}
