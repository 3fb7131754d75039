import {createHash} from 'node:crypto'
import {isObject} from '../../protocol/shapes/shape.js'
import {exposedName} from './names.js'

/** A tool as its server defines it, bounded. */
export interface ToolDefinition {
  /** As the server has it. */
  name: string
  description: string
  inputSchema: Record<string, unknown>
  /** What the server says that it does, as `only reads`: shown, and believed by nobody. */
  hints: string[]
}

export interface PromptDefinition {
  name: string
  description: string
  arguments: {name: string; required: boolean}[]
}

/** What a server offers. */
export interface Definitions {
  tools: ToolDefinition[]
  prompts: PromptDefinition[]
  /** What of it is not used, a line each. */
  problems: string[]
}

export interface Difference {
  added: string[]
  changed: string[]
  removed: string[]
}

/** OpenAI refuses a request with more than 128 tools, ours among them. */
const MAX_TOOLS = 100
const MAX_PROMPTS = 100
const MAX_DESCRIPTION = 4000
const MAX_SCHEMA = 32_768
const MAX_TOOL_NAME = 200

/** What is not seen, and what a model would read all the same. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** What a server told of its tools, made safe to be kept and sent to a model. `only`: names of those that are wanted. */
export function readTools(
  server: string,
  told: readonly unknown[],
  only: readonly string[] | undefined,
): Pick<Definitions, 'tools' | 'problems'> {
  const tools: ToolDefinition[] = []
  const problems: string[] = []
  const taken = new Set<string>()
  let left = 0
  for (const each of told) {
    const read = readTool(each)
    if (only && !only.includes(typeof read === 'string' ? '' : read.name)) continue
    if (typeof read === 'string') problems.push(read)
    else if (taken.has(exposedName(server, read.name))) problems.push(`${shown(read.name)} is told twice`)
    else if (tools.length === MAX_TOOLS) left++
    else {
      taken.add(exposedName(server, read.name))
      tools.push(read)
    }
  }
  if (left > 0)
    problems.push(`${left} tools beyond the first ${MAX_TOOLS} are left out: choose those that you need by \`tools\``)
  const missing = only?.filter((name) => !tools.some((tool) => tool.name === name)) ?? []
  if (missing.length > 0) problems.push(`it has no tool ${missing.slice(0, 10).map(shown).join(', ')}`)
  return {tools, problems: problems.slice(0, 20)}
}

function readTool(told: unknown): ToolDefinition | string {
  const {name, description, title, inputSchema, annotations} = isObject(told) ? told : ({} as Record<string, unknown>)
  if (typeof name !== 'string' || name === '' || name.length > MAX_TOOL_NAME) {
    return `a tool has no name of at most ${MAX_TOOL_NAME} characters`
  }
  const schema = isObject(inputSchema) ? inputSchema : {type: 'object', properties: {}}
  if (schema.type !== 'object') return `${shown(name)} is left out: its arguments are no object`
  const size = JSON.stringify(schema).length
  if (size > MAX_SCHEMA) return `${shown(name)} is left out: its schema has ${size} characters, ${MAX_SCHEMA} at most`
  const words = [description, title].find((text) => typeof text === 'string' && text.trim() !== '')
  return {
    name,
    description: bounded(typeof words === 'string' ? words : '', MAX_DESCRIPTION),
    inputSchema: schema,
    hints: hintsOf(isObject(annotations) ? annotations : {}),
  }
}

function hintsOf({readOnlyHint, destructiveHint, openWorldHint}: Record<string, unknown>): string[] {
  return [
    ...(readOnlyHint === true ? ['only reads'] : []),
    ...(readOnlyHint !== true && destructiveHint === true ? ['may destroy'] : []),
    ...(openWorldHint === true ? ['reaches beyond this machine'] : []),
  ]
}

export function readPrompts(told: readonly unknown[]): PromptDefinition[] {
  const prompts = new Map<string, PromptDefinition>()
  for (const each of told.slice(0, MAX_PROMPTS)) {
    if (!isObject(each) || typeof each.name !== 'string' || each.name === '') continue
    const given = Array.isArray(each.arguments) ? each.arguments.slice(0, 20) : []
    prompts.set(each.name, {
      name: each.name,
      description: bounded(typeof each.description === 'string' ? each.description : '', 300),
      arguments: given.flatMap((argument: unknown) =>
        isObject(argument) && typeof argument.name === 'string'
          ? [{name: argument.name, required: argument.required === true}]
          : [],
      ),
    })
  }
  return [...prompts.values()]
}

/** What its tools are, in whatever order they are told. */
export function hashOf({tools}: Pick<Definitions, 'tools'>): string {
  const each = tools.map(hashOfTool).sort()
  return createHash('sha256').update(each.join('\n')).digest('hex')
}

function hashOfTool({name, description, inputSchema}: ToolDefinition): string {
  return createHash('sha256')
    .update(canonical([name, description, inputSchema]))
    .digest('hex')
}

/** JSON with the members of objects in one order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

/** Undefined where the tools are the same. */
export function differenceOf(
  before: Pick<Definitions, 'tools'>,
  now: Pick<Definitions, 'tools'>,
): Difference | undefined {
  if (hashOf(before) === hashOf(now)) return undefined
  const [old, fresh] = [before, now].map(({tools}) => new Map(tools.map((tool) => [tool.name, hashOfTool(tool)])))
  const names = {old: [...(old?.keys() ?? [])], fresh: [...(fresh?.keys() ?? [])]}
  return {
    added: names.fresh.filter((name) => !old?.has(name)),
    changed: names.fresh.filter((name) => old?.has(name) && old.get(name) !== fresh?.get(name)),
    removed: names.old.filter((name) => !fresh?.has(name)),
  }
}

/** `changed: read_file; new: rm; gone: ls` */
export function differenceText({added, changed, removed}: Difference): string {
  const part = (what: string, names: readonly string[]) => {
    if (names.length === 0) return []
    const more = names.length > 8 ? ` and ${names.length - 8} more` : ''
    return [`${what}: ${names.slice(0, 8).map(shown).join(', ')}${more}`]
  }
  return [...part('changed', changed), ...part('new', added), ...part('gone', removed)].join('; ')
}

/** What was stored; undefined where it is of another form. */
export function parseDefinitions(json: string): Definitions | undefined {
  try {
    const {tools, prompts, problems}: Partial<Definitions> = JSON.parse(json)
    return Array.isArray(tools) && Array.isArray(prompts) && Array.isArray(problems)
      ? {tools, prompts, problems}
      : undefined
  } catch {
    return undefined
  }
}

function bounded(text: string, max: number): string {
  const clean = text.replace(UNSEEN, (char) => (char === '\n' || char === '\t' ? char : ''))
  return clean.length > max ? `${clean.slice(0, max).toWellFormed()}…` : clean
}

/** A name of the server's, as a person may be shown it. */
export function shown(name: string): string {
  const clean = name.replace(UNSEEN, '\ufffd')
  return clean.length > 80 ? `${clean.slice(0, 79).toWellFormed()}…` : clean
}
