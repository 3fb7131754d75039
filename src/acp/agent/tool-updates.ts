import path from 'node:path'
import type {PlanEntry, SessionUpdate, ToolCallContent, ToolCallLocation, ToolKind} from '@agentclientprotocol/sdk'
import type {EventPayloads} from '../../protocol/events.js'
import type {ToolState, WireMessage} from '../../protocol/methods.js'
import {type ToolLine, toolLine, wordsOf} from '../../tui/transcript/tool-lines/index.js'
import {withoutVerb} from '../../tui/transcript/tool-lines/words.js'
import {diffContent} from './diff-content.js'

/** So much of what a tool said is shown by an editor, characters; the whole is in the session. */
const SHOWN_CHARACTERS = 16_000

const kinds: ReadonlyMap<string, ToolKind> = new Map([
  ['read_file', 'read'],
  ['list_files', 'search'],
  ['search_files', 'search'],
  ['session_search', 'search'],
  ['edit_file', 'edit'],
  ['write_file', 'edit'],
  ['patch', 'edit'],
  ['terminal', 'execute'],
  ['execute_code', 'execute'],
  ['job_output', 'execute'],
  ['job_stop', 'execute'],
  ['web_fetch', 'fetch'],
  ['web_search', 'fetch'],
  ['web_extract', 'fetch'],
  ['todo', 'think'],
])

export const kindOf = (name: string): ToolKind => kinds.get(name) ?? 'other'

/** A call that has begun. */
export function toolStarted({tool_id, name, context}: EventPayloads['tool.start']): SessionUpdate {
  return {
    sessionUpdate: 'tool_call',
    toolCallId: tool_id,
    title: titleOf(name, context),
    kind: kindOf(name),
    status: 'in_progress',
  }
}

/** The newest of what it puts out. */
export function toolProgressed(toolCallId: string, preview: string): SessionUpdate {
  return {sessionUpdate: 'tool_call_update', toolCallId, content: [textContent(fenced(preview))]}
}

/** A call that ended, or never will. `cwd`: of the session, for paths. */
export function toolEnded(
  {
    tool_id,
    name,
    args,
    result,
    summary,
    inline_diff,
    status = 'complete',
    context = '',
  }: EventPayloads['tool.complete'],
  cwd: string,
): SessionUpdate {
  const state = isDenied(result) ? 'denied' : status
  const call = {id: tool_id, name, context, status: state, args, result}
  const line = toolLine(
    {...call, ...(summary === undefined ? {} : {summary}), ...(inline_diff === undefined ? {} : {diff: inline_diff})},
    SHOWN_CHARACTERS,
  )
  const file = textIn(result, 'file') ?? textIn(args, 'path')
  const where = file === undefined ? undefined : path.resolve(cwd, file)
  return {
    sessionUpdate: 'tool_call_update',
    toolCallId: tool_id,
    title: endedTitle(line, state),
    kind: kindOf(name),
    status: line.failed || state !== 'complete' ? 'failed' : 'completed',
    ...(where === undefined ? {} : {locations: [locationOf(where, result)]}),
    ...(args === undefined ? {} : {rawInput: args}),
    content: contentOf(line, where ?? cwd),
  }
}

/** A call of a stored transcript. */
export function toolReplayed(
  {tool_id, name = 'tool', context = '', result, status}: WireMessage,
  fallbackId: string,
  cwd: string,
): SessionUpdate {
  const id = tool_id ?? fallbackId
  const state = storedState(status)
  const {sessionUpdate: _, ...ended} = toolEnded({tool_id: id, name, context, result, status: state}, cwd) as Extract<
    SessionUpdate,
    {sessionUpdate: 'tool_call_update'}
  >
  return {...ended, sessionUpdate: 'tool_call', title: ended.title ?? titleOf(name, context)} as SessionUpdate
}

/** The list of tasks, where the call keeps it. */
export function planOf({name, args, result}: EventPayloads['tool.complete']): SessionUpdate | undefined {
  if (name !== 'todo') return undefined
  const todos = listIn(result, 'todos') ?? listIn(args, 'todos')
  if (!todos) return undefined
  const entries = todos.flatMap((todo): PlanEntry[] => {
    const content = textIn(todo, 'content') ?? textIn(todo, 'text')
    const status = textIn(todo, 'status')
    if (content === undefined || status === 'cancelled') return []
    const told = status === 'completed' || status === 'in_progress' ? status : 'pending'
    return [{content, priority: 'medium', status: told}]
  })
  return {sessionUpdate: 'plan', entries}
}

/** `Run npm test`. */
export function titleOf(name: string, context: string): string {
  return `${wordsOf(name).base} ${withoutVerb(name, context)}`.trim()
}

/** Longer than any run of backticks in it. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`
}

export const textContent = (text: string): ToolCallContent => ({type: 'content', content: {type: 'text', text}})

const stateWords: Readonly<Partial<Record<ToolState, string>>> = {
  denied: 'not allowed',
  unknown: 'outcome unknown: the gateway died while it ran',
  asked: 'waits for an answer',
  'not-started': 'not run',
}

function endedTitle({verb, subject, counts, facts}: ToolLine, state: ToolState): string {
  const told = stateWords[state]
  const what = [verb, subject, counts].filter(Boolean).join(' ')
  return [what, ...facts, ...(told === undefined ? [] : [told])].join(' · ')
}

function contentOf({body, input}: ToolLine, where: string): ToolCallContent[] {
  if (body?.kind === 'diff') return diffContent(body.text, where)
  const said = input === undefined ? [] : [textContent(fenced(input))]
  if (body === undefined) return said
  if (body.kind === 'tasks') {
    const text = body.tasks.map(({state, text}) => `- [${state === 'done' ? 'x' : ' '}] ${text}`).join('\n')
    return [...said, textContent(text)]
  }
  return [...said, textContent(fenced(body.text))]
}

function locationOf(file: string, result: unknown): ToolCallLocation {
  const line = memberOf(result, 'first_line')
  return {path: file, ...(typeof line === 'number' && line > 0 ? {line} : {})}
}

function storedState(status: WireMessage['status']): ToolState {
  return status === undefined || status === 'interrupted' || status === 'error' ? 'complete' : status
}

const isDenied = (result: unknown) => memberOf(result, 'denied') === true

function textIn(value: unknown, name: string): string | undefined {
  const found = memberOf(value, name)
  return typeof found === 'string' ? found : undefined
}

function listIn(value: unknown, name: string): unknown[] | undefined {
  const found = memberOf(value, name)
  return Array.isArray(found) ? found : undefined
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
