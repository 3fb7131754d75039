import type {Rule} from '../types.js'

/** What the names of all tools of MCP servers begin with: `mcp__SERVER__TOOL`. */
export const MCP_PREFIX = 'mcp__'

/** Undefined where the name is not for tools of servers. */
export function mcpRule(name: string): {rule: Rule} | {problem: string; remedy: string} | undefined {
  if (!name.startsWith(MCP_PREFIX)) return undefined
  const wanted = name.slice(MCP_PREFIX.length)
  if (wanted === '*') return {rule: {tool: 'mcp', pattern: undefined, text: `${MCP_PREFIX}*`}}
  const [server = '', ...rest] = wanted.split('__')
  const tool = rest.join('__')
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9-])?$/.test(server) || wanted.endsWith('__')) {
    return {
      problem: 'it names no server',
      remedy: 'write mcp__SERVER for all its tools, mcp__SERVER__TOOL for one, mcp__* for those of all servers',
    }
  }
  if (tool.slice(0, -1).includes('*')) {
    return {problem: 'its "*" is not at the end', remedy: `write mcp__${server}__${tool.split('*', 1)[0]}*`}
  }
  const pattern = tool === '' || tool === '*' ? server : `${server}__${tool}`
  return {rule: {tool: 'mcp', pattern, text: MCP_PREFIX + pattern}}
}

/** `name`: as the model has it, `mcp__SERVER__TOOL`. */
export function matchesMcpTool({tool, pattern}: Rule, name: string): boolean {
  if (tool !== 'mcp' || !name.startsWith(MCP_PREFIX)) return false
  if (pattern === undefined) return true
  const wanted = name.slice(MCP_PREFIX.length)
  if (!pattern.includes('__')) return wanted.startsWith(`${pattern}__`)
  return pattern.endsWith('*') ? wanted.startsWith(pattern.slice(0, -1)) : wanted === pattern
}
