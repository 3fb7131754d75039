// What the official conformance suite of MCP starts as the client: our own connection, with a person who leaves out what
// may be left out. The suite names the scenario in the environment and its server as the last argument.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {Connection} from '../../src/gateway/mcp/connection.js'
import {login} from '../../src/gateway/mcp/login.js'
import {ServerLog} from '../../src/gateway/mcp/process/log-file.js'
import {signInWords} from '../../src/gateway/mcp/sign-in.js'
import {isObject} from '../../src/protocol/shapes/shape.js'

const url = process.argv.at(-1) ?? ''
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}')

const ask = async (_question: string, choices: string[] | null) =>
  choices?.includes('Leave it out') ? 'Leave it out' : (choices?.[0] ?? 'x')

function sample(schema: unknown): unknown {
  const {
    type,
    properties,
    required,
    default: standard,
    enum: values,
  } = isObject(schema) ? schema : ({} as Record<string, unknown>)
  if (standard !== undefined) return standard
  if (Array.isArray(values)) return values[0]
  if (type === 'number' || type === 'integer') return 5
  if (type === 'boolean') return true
  if (type === 'array') return []
  if (type !== 'object' && !isObject(properties)) return 'x'
  const needed = Array.isArray(required) ? required : []
  const entries = Object.entries(isObject(properties) ? properties : {}).filter(([name]) => needed.includes(name))
  return Object.fromEntries(entries.map(([name, property]) => [name, sample(property)]))
}

const log = new ServerLog(tmpdir(), 'conformance')
const folder = mkdtempSync(path.join(tmpdir(), 'hermes-conformance-'))
const launch = {
  name: 'conformance',
  config: {url, timeoutMs: 50_000, startTimeoutMs: 50_000},
  cwd: process.cwd(),
  env: process.env,
  signIns: folder,
}
const open = () => Connection.open(launch, {log, onGone: () => {}, onChanged: () => {}})
const connection = await open().catch(async (error: unknown) => {
  if (!(error instanceof Error) || error.message !== signInWords('conformance')) throw error
  // The person signs in at once: the page leads back.
  const show = (page: URL) => void fetch(page).catch(() => {})
  await login({name: 'conformance', url, headers: {}, env: process.env, folder, show})
  return open()
})
const {tools} = await connection.list()
const hooks = {signal: new AbortController().signal, onProgress: () => {}, ask}
// It wants back the schema of the other tool, to see what of it a client loses.
const echo = tools.find(({name}) => name === 'json_schema_echo')
const focal = tools.find((tool) => tool !== echo)
if (echo && focal) context.toolCalls ??= [{name: echo.name, arguments: {schema: focal.inputSchema}}]
const calls: {name: string; arguments: Record<string, unknown>}[] =
  context.toolCalls ??
  tools.map(({name, inputSchema}) => ({name, arguments: sample(inputSchema) as Record<string, unknown>}))
for (const {name, arguments: args} of calls) {
  try {
    await connection.call(name, args, hooks)
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}
await connection.close()
rmSync(folder, {recursive: true, force: true})
