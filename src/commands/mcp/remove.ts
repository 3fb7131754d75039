import * as Args from '@oclif/core/args'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'

export default class McpRemove extends JsonCommand {
  static override args = {
    name: Args.string({description: 'Name of the server.', ignoreStdin: true, required: true}),
  }
  static override examples = ['<%= config.bin %> <%= command.id %> files']
  static override summary = 'Remove an MCP server that was added by command.'

  async run(): Promise<unknown> {
    const {args} = await this.parse(McpRemove)
    const {removeServer} = await import('../../mcp/manage.js')
    const file = await removeServer({cwd: process.cwd(), env: process.env}, args.name)
    this.log(`No longer in ${visibleText(file)}: ${visibleText(args.name)}`)
    return {version: 1, server: args.name, file}
  }
}
