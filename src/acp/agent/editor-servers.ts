import type {McpServer} from '@agentclientprotocol/sdk'
import {mcpNameProblem} from '../../config/mcp-servers.js'
import type {McpServerConfig} from '../../config/schema.js'

/**
 * MCP servers that the editor names, as our configuration has them; `problems` are lines for the person. One of the
 * person's own configuration with the same name is left as it is.
 */
export function editorServers(
  given: readonly McpServer[],
  own: Readonly<Record<string, McpServerConfig>>,
): {servers: Record<string, McpServerConfig>; problems: string[]} {
  const servers: Record<string, McpServerConfig> = {...own}
  const problems: string[] = []
  for (const server of given) {
    const name = server.name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/_{2,}/g, '_')
    if (Object.hasOwn(own, name)) continue
    const problem = mcpNameProblem(name)
    if (problem !== undefined) problems.push(`MCP server ${server.name} is left out: its name is not ${problem}`)
    else if ('url' in server && 'type' in server && server.type === 'sse') {
      problems.push(`MCP server ${server.name} is left out: the old transport of events (sse) is not spoken`)
    } else servers[name] = configOf(server)
  }
  return {servers, problems}
}

function configOf(server: McpServer): McpServerConfig {
  const pairs = (list: readonly {name: string; value: string}[]) =>
    Object.fromEntries(list.map(({name, value}) => [name, value]))
  if ('url' in server) return {url: server.url, headers: pairs(server.headers)}
  return {command: server.command, args: server.args, env: pairs(server.env)}
}
