import * as Args from '@oclif/core/args'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'

export default class McpLogin extends JsonCommand {
  static override args = {
    name: Args.string({description: 'Name of the server, which is an address.', ignoreStdin: true, required: true}),
  }
  static override description =
    'By OAuth: a page is shown to you, and its answer comes back to an address of this machine. What it brings is kept in $HERMES_HOME/mcp-sign-ins, for you alone, and renewed by itself.'
  static override examples = ['<%= config.bin %> <%= command.id %> docs']
  static override summary = 'Sign in to an MCP server.'

  async run(): Promise<unknown> {
    const {args} = await this.parse(McpLogin)
    const {signIn} = await import('../../mcp/manage.js')
    const signedIn = await signIn({cwd: process.cwd(), env: process.env}, args.name, (url) => {
      this.logToStderr(`Sign in, and come back here: ${visibleText(url.href)}`)
    })
    this.log(
      signedIn ? `Signed in to ${visibleText(args.name)}.` : `${visibleText(args.name)} wants nobody to sign in.`,
    )
    return {version: 1, server: args.name, signedIn}
  }
}
