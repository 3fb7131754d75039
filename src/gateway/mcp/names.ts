import {createHash} from 'node:crypto'
import {MCP_PREFIX} from '../../permissions/rules/mcp-pattern.js'

/** Providers take no longer name of a tool. */
const MAX_NAME = 64
const HASH = 6

/**
 * What a model calls a server's tool: `mcp__SERVER__TOOL`, at most 64 of `[A-Za-z0-9_-]`. A name that had to be changed
 * for that ends with a hash of what it was, so that two never become one.
 */
export function exposedName(server: string, tool: string): string {
  const start = `${MCP_PREFIX}${server}__`
  const clean = tool.replace(/[^A-Za-z0-9_-]/g, '_')
  if (clean === tool && start.length + tool.length <= MAX_NAME) return start + tool
  const hash = createHash('sha256').update(tool).digest('hex').slice(0, HASH)
  return `${start}${clean.slice(0, MAX_NAME - start.length - HASH - 1)}_${hash}`
}
