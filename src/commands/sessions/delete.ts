import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {JsonCommand} from '../../json-command.js'
import {agree} from '../../sessions/agree.js'
import {deleteSession} from '../../sessions/edit.js'
import {agoText, messagesText} from '../../sessions/list.js'
import {oneLine} from '../../tui/text/sanitize.js'

export default class SessionsDelete extends JsonCommand {
  static override args = {
    session: Args.string({
      description: 'Key or title of the session; a part of the title is enough where it is the only one.',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override description =
    `It is gone for good; hermes sessions export keeps a copy. In the list of the chat (/sessions) a deletion can be undone.

One that another hermes has open, or that works without a terminal, stays.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> KEY',
    '<%= config.bin %> <%= command.id %> KEY --yes',
  ]
  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'Without asking: a part of a title is not enough then.'}),
  }
  static override summary = 'Delete a stored session.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(SessionsDelete)
    const now = Date.now()
    const {session, deleted} = await deleteSession(
      {cwd: process.cwd(), env: process.env},
      {name: args.session, exact: flags.yes},
      (one) => {
        const facts = `${messagesText(one.messageCount)}, ${agoText(one.lastActiveAt, now)}`
        return agree(
          `Delete ${oneLine(one.key)}${one.title === null ? '' : `  ${oneLine(one.title)}`} (${facts}) for good?`,
          flags.yes,
        )
      },
    )
    this.log(deleted ? `Deleted ${oneLine(session.key)}` : 'Nothing was deleted.')
    return {schemaVersion: 1, session: session.key, deleted}
  }
}
