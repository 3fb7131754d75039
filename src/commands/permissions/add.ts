import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'
import {addProjectRule} from '../../permissions/rules/manage.js'

export default class PermissionsAdd extends JsonCommand {
  static override args = {
    rule: Args.string({description: 'Rule, such as "bash(npm test *)".', ignoreStdin: true, required: true}),
  }
  static override description =
    'The rule holds in the project of the working directory: its repository, or the directory itself. Rules for every project belong under permissions in your configuration.'
  static override examples = [
    "<%= config.bin %> <%= command.id %> 'bash(npm run lint *)'",
    "<%= config.bin %> <%= command.id %> 'edit(src/**)'",
    "<%= config.bin %> <%= command.id %> --deny 'bash(git push *)'",
  ]
  static override flags = {
    ask: Flags.boolean({description: 'Always ask, even where another rule allows it.', exclusive: ['deny']}),
    deny: Flags.boolean({description: 'Never do it.'}),
  }
  static override summary = 'Allow something in this project, without a question.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(PermissionsAdd)
    const effect = flags.deny ? 'deny' : flags.ask ? 'ask' : 'allow'
    const result = await addProjectRule({cwd: process.cwd(), env: process.env}, args.rule, effect)
    const {rule, workspace, added} = result
    this.log(`${added ? 'From now on' : 'It was there'}: ${effect} ${visibleText(rule)} in ${visibleText(workspace)}`)
    return result
  }
}
