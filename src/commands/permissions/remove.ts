import * as Args from '@oclif/core/args'
import {configuredRules} from '../../config/rules.js'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'
import {removeProjectRule} from '../../permissions/rules/manage.js'

export default class PermissionsRemove extends JsonCommand {
  static override args = {
    rule: Args.string({description: 'Rule as the list shows it.', ignoreStdin: true, required: true}),
  }
  static override examples = ["<%= config.bin %> <%= command.id %> 'bash(npm test *)'"]
  static override summary = 'Take a rule of this project back.'

  async run(): Promise<unknown> {
    const {args} = await this.parse(PermissionsRemove)
    const place = {cwd: process.cwd(), env: process.env}
    const {rules, warnings} = await configuredRules(place)
    for (const warning of warnings) this.logToStderr(`warning: ${warning}`)
    const result = await removeProjectRule(place, args.rule, rules)
    this.log(`No longer a rule of ${visibleText(result.workspace)}: ${visibleText(result.rule)}`)
    return result
  }
}
