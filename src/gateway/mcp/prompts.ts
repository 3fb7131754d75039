import {messageOf} from '../../errors.js'
import {errorCodes} from '../../protocol/frames.js'
import {isObject} from '../../protocol/shapes/shape.js'
import {RpcError} from '../rpc-error.js'
import type {PromptDefinition} from './definitions.js'
import {exposedName} from './names.js'
import {textOf} from './result.js'
import type {McpServer} from './server.js'
import type {McpServers} from './servers.js'

/** A prompt of a server, as a slash command. */
export interface PromptCommand {
  /** `mcp__SERVER__PROMPT` in small letters, as commands are. */
  name: string
  summary: string
  /** `file [how]` */
  args: string
  /** Of whom it is, for people. */
  path: string
}

/** Those of servers that told what they have; none is started for it. */
export async function promptCommands(servers: McpServers, cwd: string): Promise<PromptCommand[]> {
  const {servers: known} = await servers.at(cwd)
  return known.flatMap((server) =>
    (server.pinned?.prompts ?? []).map((prompt) => ({
      name: commandName(server, prompt),
      summary: prompt.description || `prompt of the MCP server ${server.name}`,
      args: argumentsText(prompt),
      path: `the MCP server ${server.name}`,
    })),
  )
}

/** What such a command sends; undefined where there is none of that name. Throws an {@link RpcError} in words. */
export async function promptMessage(
  servers: McpServers,
  cwd: string,
  name: string,
  given: string,
): Promise<string | undefined> {
  const {servers: known} = await servers.at(cwd)
  for (const server of known) {
    const prompt = server.pinned?.prompts.find((each) => commandName(server, each) === name.toLowerCase())
    if (prompt) return messageFrom(server, prompt, given)
  }
  return undefined
}

async function messageFrom(server: McpServer, prompt: PromptDefinition, given: string): Promise<string> {
  const words = given.split(/\s+/).filter(Boolean)
  const names = prompt.arguments.map(({name}) => name)
  const values = names.flatMap((name, index): [string, string][] => {
    // The last one takes what is left.
    const value = index === names.length - 1 ? words.slice(index).join(' ') : words[index]
    return value ? [[name, value]] : []
  })
  const missing = prompt.arguments.filter(({name, required}) => required && !values.some(([key]) => key === name))
  if (missing.length > 0) {
    const usage = `/${commandName(server, prompt)} ${argumentsText(prompt)}`
    throw new RpcError(errorCodes.empty, `${missing.map(({name}) => name).join(', ')} is needed: ${usage}`)
  }
  try {
    const hooks = {signal: new AbortController().signal, ask: async () => '', onProgress: () => {}}
    const {messages} = await server.ask((connection) =>
      connection.getPrompt(prompt.name, Object.fromEntries(values), hooks),
    )
    const texts = await Promise.all(
      messages.map(async ({role, content}) => {
        const {text} = await textOf(server.name, isObject(content) ? [content] : [], undefined)
        return role === 'assistant' ? `[assistant]\n${text}` : text
      }),
    )
    return texts.join('\n\n')
  } catch (error) {
    throw new RpcError(errorCodes.refused, `${server.name}: ${messageOf(error)}`)
  }
}

function commandName({name: server}: McpServer, {name}: PromptDefinition): string {
  return exposedName(server, name).toLowerCase()
}

function argumentsText({arguments: names}: PromptDefinition): string {
  return names.map(({name, required}) => (required ? name : `[${name}]`)).join(' ')
}
