import path from 'node:path'
import type {ToolCall, ToolCallContent, ToolCallUpdate, ToolKind} from '@agentclientprotocol/sdk'
import type {Access} from '../../permissions/types.js'
import type {EventPayloads} from '../../protocol/events.js'
import {TITLED, wordsOf} from '../../tui/transcript/tool-lines/words.js'

/** A call of the agent, as far as it was told. */
export interface AgentTool {
  id: string
  title: string
  kind: ToolKind
  /** The agent's own name for it. */
  name?: string
  input?: unknown
  output?: unknown
  content: readonly ToolCallContent[]
  paths: readonly string[]
  status: 'pending' | 'in_progress' | 'completed' | 'failed'
}

/** What a first telling or an update adds to what is known. */
export function toolWith(known: AgentTool | undefined, told: ToolCall | ToolCallUpdate): AgentTool {
  const base: AgentTool = known ?? {
    id: told.toolCallId,
    title: '',
    kind: 'other',
    content: [],
    paths: [],
    status: 'pending',
  }
  const name = told.name ?? base.name
  return {
    ...base,
    title: told.title || base.title,
    kind: told.kind ?? base.kind,
    ...(name === undefined ? {} : {name}),
    content: told.content ?? base.content,
    paths: told.locations?.map((place) => place.path) ?? base.paths,
    status: told.status ?? base.status,
    ...((told.rawInput ?? base.input) === undefined ? {} : {input: told.rawInput ?? base.input}),
    ...((told.rawOutput ?? base.output) === undefined ? {} : {output: told.rawOutput ?? base.output}),
  }
}

const names: Readonly<Partial<Record<ToolKind, string>>> = {
  read: 'read_file',
  edit: 'edit_file',
  execute: 'terminal',
  search: 'search_files',
  fetch: 'web_fetch',
}

/** The name under which the screen has words for it. */
export function nameOf({kind, name}: AgentTool): string {
  return names[kind] ?? name ?? TITLED
}

/** What it is about, on a line. `cwd`: of the session. */
export function contextOf(tool: AgentTool, cwd: string): string {
  const command = commandOf(tool)
  if (command !== undefined) return command
  const [file] = tool.paths
  if (file !== undefined && (tool.kind === 'read' || tool.kind === 'edit')) return shown(file, cwd)
  const {base} = wordsOf(nameOf(tool))
  const title = tool.title.replace(/^`([\s\S]*)`$/, '$1')
  return title.toLowerCase().startsWith(`${base.toLowerCase()} `) ? title.slice(base.length + 1) : title
}

/** `tool.complete` without its diff, which has to be made. */
export function resultOf(tool: AgentTool, cwd: string): Pick<EventPayloads['tool.complete'], 'args' | 'result'> {
  const text = textOf(tool)
  const failed = tool.status === 'failed'
  const command = commandOf(tool)
  if (tool.kind === 'execute' && command !== undefined) {
    const code = exitCodeOf(tool.output) ?? (failed ? 1 : 0)
    return {args: {command}, result: {output: text, exit_code: code}}
  }
  if (failed) return {result: {error: text || 'it failed'}}
  const [file] = tool.paths
  if (tool.kind === 'edit' && file !== undefined) return {result: {path: shown(file, cwd)}}
  return {result: text === '' ? {} : {output: text}}
}

/** Changes that it told. */
export function changesOf({content}: Pick<AgentTool, 'content'>): {path: string; before: string; after: string}[] {
  return content.flatMap((one) =>
    one.type === 'diff' ? [{path: one.path, before: one.oldText ?? '', after: one.newText}] : [],
  )
}

/** What it is about to do, in the words of rules. What is none of these is a tool of the agent by its name. */
export function accessOf(tool: AgentTool, agent: string, cwd: string): Access {
  const command = commandOf(tool)
  if (tool.kind === 'execute' && command !== undefined) return {tool: 'bash', command, cwd: folderOf(tool.input) ?? cwd}
  const file = tool.paths[0] ?? changesOf(tool)[0]?.path
  if (file !== undefined && ['edit', 'delete', 'move'].includes(tool.kind)) {
    return {tool: 'edit', path: path.resolve(cwd, file)}
  }
  if (file !== undefined && (tool.kind === 'read' || tool.kind === 'search')) {
    return {tool: 'read', path: path.resolve(cwd, file)}
  }
  const url = textIn(tool.input, 'url')
  if (tool.kind === 'fetch' && url !== undefined && URL.canParse(url)) return {tool: 'fetch', url: new URL(url).href}
  const own = (tool.name ?? tool.kind).replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 40)
  const input = tool.input === undefined ? '' : `\n${JSON.stringify(tool.input, null, 1)}`
  return {tool: 'mcp', name: `mcp__${agent}__${own}`, call: `${tool.title}${input}`}
}

/** Also of an agent that puts it in the title alone. */
function commandOf({kind, input, title}: AgentTool): string | undefined {
  if (kind !== 'execute') return undefined
  const given = memberOf(input, 'command') ?? memberOf(input, 'cmd')
  if (typeof given === 'string' && given !== '') return given
  if (Array.isArray(given) && given.every((word) => typeof word === 'string')) return given.join(' ')
  return title.replace(/^`([\s\S]*)`$/, '$1') || undefined
}

const folderOf = (input: unknown) => {
  const folder = textIn(input, 'cwd') ?? textIn(input, 'workdir')
  return folder !== undefined && path.isAbsolute(folder) ? folder : undefined
}

function textOf({content, output}: AgentTool): string {
  const said = content.flatMap((one) =>
    one.type === 'content' && one.content.type === 'text' ? [unfenced(one.content.text)] : [],
  )
  if (said.length > 0) return said.join('\n')
  if (typeof output === 'string') return output
  return textIn(output, 'output') ?? textIn(output, 'stdout') ?? textIn(output, 'content') ?? ''
}

/** Agents put output in a fence, for editors that show Markdown. */
function unfenced(text: string): string {
  return /^\s*(`{3,})[^\n]*\n([\s\S]*?)\n?\1\s*$/.exec(text)?.[2] ?? text
}

function exitCodeOf(output: unknown): number | undefined {
  const code = memberOf(output, 'exit_code') ?? memberOf(output, 'exitCode')
  return typeof code === 'number' ? code : undefined
}

function shown(file: string, cwd: string): string {
  const inside = path.relative(cwd, path.resolve(cwd, file))
  return inside === '' || inside.startsWith('..') || path.isAbsolute(inside) ? file : inside
}

function textIn(value: unknown, name: string): string | undefined {
  const found = memberOf(value, name)
  return typeof found === 'string' ? found : undefined
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
