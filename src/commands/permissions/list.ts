import {colorize} from '@oclif/core/ux'
import {homeDirectory, shortPath} from '../../config/index.js'
import {configuredRules} from '../../config/rules.js'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'
import {listRules} from '../../permissions/rules/manage.js'

export default class PermissionsList extends JsonCommand {
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']
  static override summary = 'Show every rule, where it is from and where it holds.'

  async run(): Promise<unknown> {
    await this.parse(PermissionsList)
    const place = {cwd: process.cwd(), env: process.env}
    const {rules: configured, warnings} = await configuredRules(place)
    for (const warning of warnings) this.logToStderr(`warning: ${warning}`)
    const {workspace, rules} = await listRules(place, configured)

    const home = homeDirectory(process.env)
    const width = Math.min(60, Math.max(0, ...rules.map(({rule}) => visibleText(rule).length)))
    let heading: string | undefined
    for (const {effect, rule, from, workspace: root, here} of rules) {
      const where = root === null ? 'everywhere' : `${here ? 'here: ' : ''}${shortPath(root, home)}`
      if (where !== heading) this.log(colorize('bold', where))
      heading = where
      const colour = {deny: 'red', ask: 'yellow', allow: 'green'}[effect]
      this.log(
        `  ${colorize(colour, effect.padEnd(5))}  ${visibleText(rule).padEnd(width)}  ${colorize('dim', shortPath(from, home))}`,
      )
    }
    if (rules.length === 0) this.log(`No rule is set; ${this.config.bin} permissions add RULE adds one here.`)
    return {version: 1, workspace, rules, warnings}
  }
}
