import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {permissionModes} from '../permissions/types.js'

export default class Acp extends Command {
  static override summary = 'Be the agent of an editor.'

  static override description =
    `Speaks the Agent Client Protocol on standard input and output, for Zed and other editors.

Each session has a gateway of its own. When that dies the session is brought back while the editor waits; sessions are stored, and are those of hermes chat.

With an agent behind "--" it stands between the editor and that agent: when the agent dies it is started again, told what it knew, and the prompt goes on.`

  static override examples = [
    {
      description: 'In the settings of Zed',
      command:
        '"agent_servers": {"Hermes": {"type": "custom", "command": "<%= config.bin %>", "args": ["<%= command.id %>"]}}',
    },
    {
      description: 'Another agent, which the editor never loses',
      command: '<%= config.bin %> <%= command.id %> -- gemini --acp',
    },
  ]

  // An agent of its own behind `--`; its words are not ours.
  static override strict = false

  static override args = {
    agent: Args.string({
      description: 'Behind --: another agent in place of hermes, a name or its command.',
      ignoreStdin: true,
    }),
  }

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
    const {flags, argv} = await this.parse(Acp)
    const {stdin, stdout, stderr, env} = process
    const words = argv.map(String)
    const options = {
      flags: {
        model: flags.model,
        gatewayCommand: flags['gateway-command'],
        permissionMode: flags['permission-mode'],
        allow: flags.allow,
      },
      oclif: this.config,
      env,
      tell: (text: string) => this.logToStderr(`hermes: ${text}`),
    }
    const streams = {stdin, stdout, stderr, signals: process}
    if (words.length > 0) {
      const {relayAgent} = await import('../acp/proxy/run.js')
      await relayAgent(words, options, streams)
    } else {
      const {serveEditor} = await import('../acp/agent/serve.js')
      await serveEditor(options, streams)
    }
    this.exit(0)
  }
}
