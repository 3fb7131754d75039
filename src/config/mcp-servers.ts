import {choiceText} from '../refusal/text.js'
import {type CheckContext, type Checked, type Complaint, isRecord} from './check.js'
import {resolvePath} from './paths.js'
import type {McpServerConfig} from './schema.js'

export const mcpFields = [
  'command',
  'args',
  'env',
  'cwd',
  'url',
  'headers',
  'tools',
  'timeoutMs',
  'startTimeoutMs',
  'enabled',
] as const

/** A project's servers, as other programs have them too: `{"mcpServers": {NAME: {…}}}`. */
export const PROJECT_SERVERS = '.mcp.json'
export const MAX_SERVERS_BYTES = 262_144

/** Room for the tool's own name in the 64 characters that providers allow for `mcp__SERVER__TOOL`. */
const MAX_NAME = 32

const HOUR = 3_600_000

/** What is wrong with the name of a server; undefined where nothing is. `__` divides it from the name of its tool. */
export function mcpNameProblem(name: string): string | undefined {
  const right = name.length <= MAX_NAME && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)
  if (right && !name.includes('__') && !name.endsWith('_')) return undefined
  return `a name of at most ${MAX_NAME} letters, digits, "-" and single "_" inside, such as github or my-files`
}

/** `lenient`: fields that we do not know are another program's, as in a `.mcp.json`, and passed over. */
export function checkMcpServers(raw: unknown, context: CheckContext, {lenient = false} = {}): Checked {
  const given = context.text && typeof raw === 'string' ? jsonOf(raw) : raw
  if (!isRecord(given)) return complain(raw, 'servers by name')
  const complaints: Complaint[] = []
  const value: Record<string, McpServerConfig> = {}
  for (const [name, server] of Object.entries(given)) {
    const checked = checkMcpServer(name, server, context, {lenient})
    if ('value' in checked) value[name] = checked.value as McpServerConfig
    else complaints.push(...checked.complaints.map((one) => ({...one, path: [name, ...one.path]})))
  }
  return complaints.length > 0 ? {complaints} : {value}
}

/** One of them; paths of complaints begin below its name. */
export function checkMcpServer(name: string, raw: unknown, context: CheckContext, {lenient = false} = {}): Checked {
  const problem = mcpNameProblem(name)
  if (problem !== undefined) return complain(name, problem)
  if (!isRecord(raw)) return complain(raw, `a group of ${mcpFields.join(', ')}`)
  const complaints: Complaint[] = []
  const fields: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(raw)) {
    if (value === null || value === undefined) continue
    if (lenient && field === 'type' && value === 'sse')
      complaints.push({
        path: [field],
        found: value,
        expected: 'stdio or http: the old transport of events is not spoken',
      })
    if (lenient && !mcpFields.some((each) => each === field)) continue
    const checked = checkField(field, value, context)
    if ('value' in checked) fields[field] = checked.value
    else complaints.push(...checked.complaints.map((one) => ({...one, path: [field, ...one.path]})))
  }
  const kind = complaints.length > 0 ? undefined : kindComplaint(fields)
  if (kind) complaints.push(kind)
  return complaints.length > 0 ? {complaints} : {value: fields}
}

/** A server is a program or an address. */
function kindComplaint(fields: Record<string, unknown>): Complaint | undefined {
  if (fields.command === undefined && fields.url === undefined) {
    return {path: [], found: fields, expected: '`command` (a program) or `url` (an address) in it'}
  }
  if (fields.command !== undefined && fields.url !== undefined) {
    return {path: ['url'], found: fields.url, expected: 'none beside `command`'}
  }
  const lost = fields.url === undefined ? ['headers'] : ['args', 'env', 'cwd']
  const field = lost.find((each) => fields[each] !== undefined)
  if (field === undefined) return undefined
  const owner = fields.url === undefined ? 'url' : 'command'
  return {path: [field], found: fields[field], expected: `none: it belongs to a server with \`${owner}\``}
}

function checkField(field: string, value: unknown, context: CheckContext): Checked {
  const when = (isRight: boolean, expected: string): Checked => (isRight ? {value} : complain(value, expected))
  switch (field) {
    case 'command':
      if (typeof value !== 'string' || value.trim() === '' || value.includes('\0')) return complain(value, 'a program')
      return {value: placed(value.trim(), context)}
    case 'args':
      return when(isTexts(value), 'a list of words')
    case 'env':
      return when(
        isTextRecord(value) && Object.keys(value).every((name) => /^[A-Za-z_]\w*$/.test(name)),
        'names of variables with text',
      )
    case 'cwd':
      return typeof value === 'string' && value.trim() !== ''
        ? {value: resolvePath(value.trim(), context.base, context.env)}
        : complain(value, 'a folder')
    case 'url':
      return when(isAddress(value), 'an address such as https://mcp.example.com/mcp, without user and password')
    case 'headers':
      return when(
        isTextRecord(value) && Object.keys(value).every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name)),
        'header names with text',
      )
    case 'tools':
      return when(isTexts(value), 'a list of names of its tools')
    case 'timeoutMs':
    case 'startTimeoutMs':
      return when(
        typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= HOUR,
        `a whole number from 100 to ${HOUR}`,
      )
    case 'enabled':
      return when(typeof value === 'boolean', 'true or false')
    default:
      return complain(value, choiceText(field, mcpFields).replace('one of', 'one of the fields'))
  }
}

/** What is no mere name of a program lies beside the file that names it. */
function placed(command: string, {text, base, env}: CheckContext): string {
  return !text && /[\\/]/.test(command) ? resolvePath(command, base, env) : command
}

function complain(found: unknown, expected: string): {complaints: Complaint[]} {
  return {complaints: [{path: [], found, expected}]}
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes('\0'))
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string' && !/[\0\r\n]/.test(item))
}

function isAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const {protocol, username, password} = new URL(value)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
