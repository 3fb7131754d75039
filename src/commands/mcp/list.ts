import {colorize} from '@oclif/core/ux'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'
import {redactCommand} from '../../redact/index.js'

export default class McpList extends JsonCommand {
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']
  static override summary = 'Show the MCP servers that can be used here.'

  async run(): Promise<unknown> {
    await this.parse(McpList)
    const {listServers} = await import('../../mcp/manage.js')
    const {servers, problems} = await listServers({cwd: process.cwd(), env: process.env})
    const shown = servers.map((server) => ({...server, runs: redactCommand(server.runs)}))
    for (const {name, from, runs, tools, problems: left} of shown) {
      const count = tools === undefined ? 'never asked' : `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`
      this.log(`${colorize('bold', name)}  ${count}  ${colorize('dim', from)}`)
      this.log(`  ${visibleText(runs.join(' '))}`)
      for (const problem of left) this.log(`  not used: ${visibleText(problem)}`)
    }
    for (const problem of problems) this.logToStderr(`warning: ${visibleText(problem)}`)
    if (servers.length === 0) this.log(`None; ${this.config.bin} mcp add NAME -- COMMAND adds one.`)
    return {version: 1, servers: shown, warnings: problems}
  }
}
