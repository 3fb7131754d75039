import {Command, Flags} from '@oclif/core'

export default class GatewayCommand extends Command {
  static override summary = 'Run the built-in gateway on standard input and output.'

  static override description =
    'The gateway holds the sessions, calls the model and runs tools. `hermes chat` starts one by itself; ' +
    'run it by hand to drive it with another client. It speaks newline-delimited JSON-RPC 2.0: requests on ' +
    'standard input, answers and events on standard output, diagnostics on standard error. It ends when its input does.'

  static override examples = [
    {
      description: 'See what it answers',
      command: `echo '{"id":1,"method":"session.list"}' | <%= config.bin %> <%= command.id %>`,
    },
  ]

  static override flags = {
    agent: Flags.string({
      description: 'An agent of the Agent Client Protocol answers: its name, or its command.',
      helpValue: 'NAME|COMMAND',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(GatewayCommand)
    if (flags.agent !== undefined) {
      const [{agentWords}, {runAgentGateway}] = await Promise.all([
        import('../chat/agent-gateway.js'),
        import('../acp/adapter/run.js'),
      ])
      await runAgentGateway(agentWords(flags.agent, process.env))
      return
    }
    const {runGatewayProcess} = await import('../gateway/main.js')
    await runGatewayProcess()
  }
}
