import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {permissionModes} from '../permissions/types.js'

export default class Acp extends Command {
  static override summary = 'Be the agent of an editor.'

  static override description =
    `Speaks the Agent Client Protocol on standard input and output, for Zed and other editors.

Each session has a gateway of its own. When that dies the session is brought back while the editor waits; sessions are stored, and are those of hermes chat.`

  static override examples = [
    {
      description: 'In the settings of Zed',
      command:
        '"agent_servers": {"Hermes": {"type": "custom", "command": "<%= config.bin %>", "args": ["<%= command.id %>"]}}',
    },
  ]

  static override flags = {
    allow: Flags.string({
      description: 'A rule of what may be done without asking, such as "bash(npm test *)" or "edit(src/**)".',
      helpValue: 'RULE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'gateway-command': Flags.string({
      description: 'Program that is the gateway, split into words as a shell does.',
      helpValue: 'COMMAND',
    }),
    model: Flags.string({char: 'm', description: 'Model that answers in new sessions.', helpValue: 'PROVIDER/NAME'}),
    'permission-mode': Flags.option({
      description: 'What is asked for to begin with: ask (default), accept-edits, plan, bypass.',
      options: permissionModes,
    })(),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Acp)
    const {serveEditor} = await import('../acp/agent/serve.js')
    const {stdin, stdout, env} = process
    await serveEditor(
      {
        flags: {
          model: flags.model,
          gatewayCommand: flags['gateway-command'],
          permissionMode: flags['permission-mode'],
          allow: flags.allow,
        },
        oclif: this.config,
        env,
        tell: (text) => this.logToStderr(`hermes: ${text}`),
      },
      {stdin, stdout, signals: process},
    )
    this.exit(0)
  }
}
