import * as Args from '@oclif/core/args'
import {requireKey} from '../../config/get.js'
import {describeSettings, loadConfig, valueText} from '../../config/index.js'
import {JsonCommand} from '../../json-command.js'

export default class ConfigGet extends JsonCommand {
  static override args = {
    key: Args.string({description: 'Key of the setting, such as recovery.limit.', ignoreStdin: true, required: true}),
  }
  static override examples = ['<%= config.bin %> <%= command.id %> model']
  static override summary = 'Print one effective setting.'

  async run(): Promise<unknown> {
    const {args} = await this.parse(ConfigGet)
    const key = requireKey(args.key)
    const config = await loadConfig({cwd: process.cwd(), env: process.env})
    for (const warning of config.warnings) this.logToStderr(`warning: ${warning}`)
    const setting = describeSettings(config).find((view) => view.key === key)
    this.log(setting?.value === null ? '' : valueText(setting?.value))
    return setting
  }
}
