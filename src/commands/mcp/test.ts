import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {JsonCommand} from '../../json-command.js'

export default class McpTest extends JsonCommand {
  static override args = {
    name: Args.string({description: 'Name of the server.', ignoreStdin: true, required: true}),
  }
  static override description =
    'It is started, asked what it has, and ended. Where its tools are not what was taken before, the command says so and ends with exit code 1.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> files',
    '<%= config.bin %> <%= command.id %> files --accept',
  ]
  static override flags = {
    accept: Flags.boolean({description: 'Take its tools as they are now.'}),
  }
  static override summary = 'Ask an MCP server what it has.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(McpTest)
    const [{testServer}, {examinedLines}] = await Promise.all([
      import('../../mcp/manage.js'),
      import('../../mcp/text.js'),
    ])
    const examined = await testServer({cwd: process.cwd(), env: process.env}, args.name, flags)
    for (const line of examinedLines(examined)) this.log(line)
    if (examined.changes !== undefined) {
      if (flags.accept) this.log('Taken as they are now.')
      else {
        this.log(`Take them as they are now: ${this.config.bin} mcp test ${args.name} --accept`)
        process.exitCode = 1
      }
    }
    return {version: 1, ...examined}
  }
}
