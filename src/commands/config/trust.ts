import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {valueText} from '../../config/index.js'
import {revokeTrust, trustProject} from '../../config/trust-project.js'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'

export default class ConfigTrust extends JsonCommand {
  static override args = {
    file: Args.string({
      description: 'Configuration file; default the one that is found from here upward.',
      ignoreStdin: true,
    }),
  }
  static override description =
    'A project’s file is somebody else’s until you trust it: before, it can’t name a command, a path to write, a provider’s address or a key. Trust ends when the file changes. Slash commands and skills of the project (.hermes/commands, .hermes/skills, .claude/skills) and its MCP servers (.mcp.json) are trusted with it, each as it is now.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --revoke']
  static override flags = {
    revoke: Flags.boolean({description: 'Take the trust back.'}),
  }
  static override summary = 'Let a project’s configuration file set every key.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(ConfigTrust)
    const request = {cwd: process.cwd(), env: process.env, file: args.file}
    if (flags.revoke) {
      const revoked = await revokeTrust(request)
      const shown = visibleText(revoked.path)
      this.log(revoked.wasTrusted ? `No longer trusted: ${shown}` : `It was not trusted: ${shown}`)
      return revoked
    }
    const report = await trustProject(request)
    this.log(`Trusted until it changes: ${visibleText(report.path)}`)
    for (const {key, value} of report.grants) this.log(`  ${key}: ${valueText(value)}`)
    for (const file of report.prompts ?? []) this.log(`  ${visibleText(file)}`)
    if (report.servers) this.log(`  ${visibleText(report.servers.path)}`)
    for (const run of report.servers?.runs ?? []) this.log(`    ${run}`)
    if (report.grants.length === 0 && !report.prompts && !report.servers)
      this.log('  It sets nothing that needs trust.')
    return report
  }
}
