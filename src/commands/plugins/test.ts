import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {exitCodes} from '../../errors.js'
import {JsonCommand} from '../../json-command.js'
import {hermesHome} from '../../platform.js'

export default class PluginsTest extends JsonCommand {
  static override args = {
    event: Args.string({
      description: 'Type of event or name of hook: exit, gateway:exit.',
      ignoreStdin: true,
      required: true,
    }),
  }

  static override description =
    'Plugins, files in $HERMES_HOME/plugins and the lines of shell in your configuration hear of it as in a chat, in processes of their own and with the same deadlines. No gateway is touched, and the crash log stays as it is.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> gateway:exit',
    '<%= config.bin %> <%= command.id %> tool:before --set \'args={"command": "git push"}\'',
    '<%= config.bin %> <%= command.id %> exit --set expected=true --set cause=intentional:quit',
  ]

  static override flags = {
    set: Flags.string({
      description: 'A field of the sample that is to be another, as JSON or text.',
      helpValue: 'FIELD=VALUE',
      multiple: true,
    }),
  }

  static override summary = 'Send a sample of an event to the hooks, and show what they did.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(PluginsTest)
    const {eventFor, triedText, tryEvent} = await import('../../plugin-set/try-event.js')
    const event = eventFor(args.event, flags.set ?? [])
    const {loadConfig} = await import('../../config/index.js')
    const {linesOf} = await import('../../chat/shell-hooks/lines-of-shell.js')
    const {env} = process
    const {values} = await loadConfig({cwd: process.cwd(), env})
    const tried = await tryEvent(event, {
      host: this.config,
      home: hermesHome(env),
      env,
      timeoutMs: values['hooks.timeoutMs'],
      lines: linesOf(values),
    })
    for (const line of triedText(tried)) this.log(line)
    if (tried.plugins.some(({failure}) => failure !== undefined)) process.exitCode = exitCodes.failure
    return tried
  }
}
