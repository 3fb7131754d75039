import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {exportFormats, formatOf} from '../../gateway/store/transfer/write.js'
import {JsonCommand} from '../../json-command.js'
import {exportSession} from '../../sessions/transfer.js'
import {placeOf} from '../../tui/text/place.js'
import {sanitize} from '../../tui/text/sanitize.js'

export default class SessionsExport extends JsonCommand {
  static override args = {
    session: Args.string({
      description: 'Key or title of the session; a part of the title is enough where it is the only one.',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override description =
    `JSON holds all of the session, for hermes sessions import; Markdown is for people. Rules that were allowed in the session and what was taken back by /undo are in neither.

A file that is there already is never overwritten.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> KEY --output session.json',
    "<%= config.bin %> <%= command.id %> 'fix the build' --output fix.md",
    {command: '<%= config.bin %> <%= command.id %> KEY --format markdown', description: 'To stdout'},
  ]
  static override flags = {
    format: Flags.option({
      description: 'What is written; default by the ending of the file, else json.',
      options: exportFormats,
    })(),
    output: Flags.string({char: 'o', description: 'File that is written; default stdout.', helpValue: 'FILE'}),
  }
  static override summary = 'Write a session to a file, as JSON or Markdown.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(SessionsExport)
    const {output: file} = flags
    const format = flags.format ?? (file === undefined ? undefined : formatOf(file)) ?? 'json'
    // On a terminal nothing of it may drive that; a file and a pipe get it as it is.
    const print = process.stdout.isTTY
      ? (text: string) => process.stdout.write(sanitize(text))
      : (text: string) => process.stdout.write(text)
    // With --json stdout is for what is told, unless the session itself is asked for.
    const result = await exportSession({cwd: process.cwd(), env: process.env}, args.session, {format, file, print})
    if (result.file === undefined) return undefined
    this.log(`Written: ${placeOf(result.file)}`)
    return {schemaVersion: 1, session: result.session.key, file: result.file, format}
  }

  override logJson(json: unknown): void {
    if (json !== undefined) super.logJson(json)
  }
}
