import {visibleText} from '../../control-sequences.js'
import {placeOf} from './configured.js'
import {shown} from './definitions.js'
import {exposedName} from './names.js'
import type {McpServer} from './server.js'
import type {McpServers} from './servers.js'

const NAMED = 8

/** `/mcp`: each server with its state, its tools and what went wrong last; of one that is named all of its tools. */
export async function mcpText(servers: McpServers | undefined, cwd: string, name: string): Promise<string> {
  const at = await servers?.at(cwd)
  const {problems = [], untrusted} = at?.found ?? {}
  const known = at?.servers ?? []
  if (name !== '') {
    const server = known.find((each) => each.name === name)
    if (!server)
      return `No MCP server ${visibleText(name)}; there are: ${known.map((each) => each.name).join(', ') || 'none'}`
    return [...serverLines(server), ...toolLines(server)].join('\n')
  }
  const left = untrusted
    ? [`not used until you trust it (hermes config trust): ${untrusted.count} of ${visibleText(untrusted.file)}`]
    : []
  if (known.length + problems.length + left.length === 0) {
    return 'No MCP servers. Add one: hermes mcp add NAME -- COMMAND, or under `mcp` in your configuration'
  }
  return [...known.flatMap(serverLines), ...problems, ...left].join('\n')
}

function serverLines(server: McpServer): string[] {
  const {name, configured, pinned, lastError, refused, state, logFile} = server
  const tools = pinned?.tools ?? []
  const count = pinned ? `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}` : 'never asked for its tools'
  const more = tools.length > NAMED ? `, … (/mcp ${name})` : ''
  const names = tools.slice(0, NAMED).map((tool) => shown(tool.name))
  return [
    `${name}: ${refused === undefined ? state : 'not used'}, ${count}, of ${placeOf(configured)}`,
    ...(tools.length > 0 ? [`  ${names.join(', ')}${more}`] : []),
    ...(refused === undefined ? [] : [`  ${refused}`]),
    ...(lastError === undefined ? [] : [`  last error: ${visibleText(lastError)} (stderr: ${visibleText(logFile)})`]),
    ...(pinned?.problems ?? []).map((problem) => `  ${problem}`),
  ]
}

function toolLines({name, pinned}: McpServer): string[] {
  return (pinned?.tools ?? []).map(({name: tool, description, hints}) => {
    const about = description.split('\n', 1)[0]?.slice(0, 200) ?? ''
    return `  ${exposedName(name, tool)}${hints.length > 0 ? ` (says: ${hints.join(', ')})` : ''}: ${about}`
  })
}
