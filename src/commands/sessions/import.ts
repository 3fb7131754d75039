import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {JsonCommand} from '../../json-command.js'
import {messagesText} from '../../sessions/list.js'
import {importSession} from '../../sessions/transfer.js'
import {placeOf} from '../../tui/text/place.js'
import {oneLine} from '../../tui/text/sanitize.js'

export default class SessionsImport extends JsonCommand {
  static override args = {
    file: Args.string({description: 'JSON file that hermes sessions export wrote.', ignoreStdin: true, required: true}),
  }
  static override description =
    `The session comes whole or not at all, and never in place of one that is stored. A file allows nothing: what was allowed in the session is asked for again.`
  static override examples = ['<%= config.bin %> <%= command.id %> session.json']
  static override flags = {
    copy: Flags.boolean({description: 'Under a new key: also where the session is stored already.'}),
  }
  static override summary = 'Store a session that was exported as JSON.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(SessionsImport)
    const imported = await importSession({cwd: process.cwd(), env: process.env}, args.file, {copy: flags.copy})
    const {key, title, cwd, messages} = imported
    const place = cwd ? `, of ${placeOf(cwd)}` : ''
    this.log(
      `Imported ${oneLine(key)}${title === null ? '' : `  ${oneLine(title)}`}: ${messagesText(messages)}${place}`,
    )
    this.log(`Go on with it: ${this.config.bin} chat --resume ${oneLine(key)}`)
    return {schemaVersion: 1, ...imported}
  }
}
