import {messageOf} from '../../errors.js'
import {preview} from '../tools/define.js'
import type {Tool, ToolContext} from '../tools/types.js'
import type {Connection} from './connection.js'
import {differenceText, shown, type ToolDefinition} from './definitions.js'
import {exposedName} from './names.js'
import {NotReached} from './not-reached.js'
import {resultOf} from './result.js'
import type {McpServer, Ready} from './server.js'

/** Of what a tool is given so much is shown to the person who is asked, in characters. */
const MAX_SHOWN = 20_000

/** Of tools that have changed: how many are told, and how much of what each says of itself, in characters. */
const MAX_TOLD = 8
const MAX_WORDS = 300

const USE = 'Use them as they are now'
const LEAVE = 'Do not use this server'

/** A server's tool, as the model has it. Its server starts with the first call of any of them. */
export function mcpTool(server: McpServer, definition: ToolDefinition): Tool {
  const name = exposedName(server.name, definition.name)
  return {
    name,
    toolset: `mcp ${server.name}`,
    description: definition.description || `${shown(definition.name)} of the MCP server ${server.name}`,
    parameters: definition.inputSchema,
    // What the server says of that is a hint, and believed by nobody.
    idempotent: false,
    context: (args) => preview(argumentsText(args)),
    async run(args, context) {
      if (context.signal.aborted) return {error: `${name}: interrupted before it ran`, interrupted: true}
      try {
        await usable(server, definition, context)
        const permit = await context.permit({
          access: {tool: 'mcp', name, call: callText(definition.name, args)},
          title: `Call ${shown(definition.name)} of the MCP server ${server.name}${hintsText(definition)}`,
        })
        if (!permit.allowed) return {error: `${name}: ${permit.reason}`, denied: true}
        return await called(server, definition, args, context)
      } catch (error) {
        if (context.signal.aborted) return {error: `${name}: interrupted before it ended`, interrupted: true}
        return {error: `${name}: ${messageOf(error)}`, ...(error instanceof NotUsable ? error.more : {})}
      }
    },
  }
}

async function called(
  server: McpServer,
  definition: ToolDefinition,
  args: Record<string, unknown>,
  context: ToolContext,
): Promise<Record<string, unknown>> {
  const {name: tool} = definition
  const name = exposedName(server.name, tool)
  let progress = ''
  const call = async (connection: Connection) => {
    try {
      return await connection.call(tool, args, {
        signal: context.signal,
        onProgress: (text) => {
          progress = text
          context.progress?.(() => progress)
        },
        ask: (question, choices) => context.clarify(question, choices),
      })
    } catch (error) {
      if (error instanceof NotReached || server.state === 'running' || context.signal.aborted) throw error
      throw new Error(`the server ended in mid-call (${server.lastError}): what became of the call is not known`)
    }
  }
  // It may have ended while the person was asked, and be another one by now.
  const told = await server.ask(call, () => usable(server, definition, context))
  return resultOf(name, told, context.keepImage)
}

/** Why a tool is not called now. */
class NotUsable extends Error {
  readonly more: Record<string, unknown>

  constructor({error, more}: Settled) {
    super(error)
    this.more = more
  }
}

/** The server answers, and its tool is what the person took; throws {@link NotUsable} where it is not. */
async function usable(server: McpServer, definition: ToolDefinition, context: ToolContext): Promise<Connection> {
  const ready = await server.ready(context.signal)
  const settled = await settle(server, definition, ready, context)
  if (settled) throw new NotUsable(settled)
  return ready.connection
}

interface Settled {
  error: string
  /** Of the result. */
  more: Record<string, unknown>
}

/**
 * Before tools are used that are not what they were when the person took them, the person is asked. Returns why this one
 * is not called now; undefined: it is as it was.
 */
async function settle(
  server: McpServer,
  before: ToolDefinition,
  {changes}: Ready,
  context: ToolContext,
): Promise<Settled | undefined> {
  const gone = {error: 'the server does not have this tool any more', more: {}}
  if (!changes) return server.pinned?.tools.some(({name}) => name === before.name) ? undefined : gone
  const {difference, now} = changes
  const what = differenceText(difference)
  const said = wordsOf(changes)
  const question = `The tools of the MCP server ${server.name} are not what they were (${what}). Use them?${said}`
  const answer = await context.clarify(question, [USE, LEAVE])
  if (answer !== USE) {
    const why = `its tools are not what they were (${what}), and it was not said to use them; hermes mcp test ${server.name} shows them`
    await server.refuse(why)
    return {error: why, more: {denied: true}}
  }
  await server.take(now)
  const after = now.tools.find(({name}) => name === before.name)
  if (!after) return gone
  if (!difference.changed.includes(before.name)) return undefined
  const {description, inputSchema} = after
  return {
    error: 'not called: what it does or takes has changed. Call it again by what it says now',
    more: {definition: {description, parameters: inputSchema}},
  }
}

/** What those that are new or other say of themselves now, a line each: a model would read it. */
function wordsOf({difference: {changed, added}, now}: NonNullable<Ready['changes']>): string {
  const names = [...changed, ...added]
  const lines = names.slice(0, MAX_TOLD).map((name) => {
    const description = now.tools.find((each) => each.name === name)?.description ?? ''
    const line = description.replaceAll(/\s+/g, ' ').trim()
    return `\n${shown(name)}: ${line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS).toWellFormed()}…` : line}`
  })
  return lines.join('') + (names.length > MAX_TOLD ? `\n… and ${names.length - MAX_TOLD} more` : '')
}

function hintsText({hints}: ToolDefinition): string {
  return hints.length === 0 ? '' : ` (it says: ${hints.join(', ')})`
}

/** What the person decides by: all of it, a member a line. */
function callText(tool: string, args: Record<string, unknown>): string {
  const json = JSON.stringify(args, null, 2)
  const text = `${shown(tool)} ${json}`
  return text.length > MAX_SHOWN
    ? `${text.slice(0, MAX_SHOWN).toWellFormed()}\n… ${text.length - MAX_SHOWN} characters are not shown`
    : text
}

/** `path: src/a.ts, limit: 5` */
function argumentsText(args: Record<string, unknown>): string {
  return Object.entries(args)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
