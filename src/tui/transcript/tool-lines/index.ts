import {visibleLine} from '../../text/visible.js'
import {delegatedSaid} from './agents.js'
import {anySaid} from './any.js'
import {boundedText, lineCount, own} from './bounded-text.js'
import {commandSaid, outputFacts} from './command.js'
import {clarifySaid, sessionSearchSaid, todoSaid} from './conversation.js'
import {field, numberField, textField} from './fields.js'
import {changeSaid, listFilesSaid, readFileSaid, searchFilesSaid} from './files.js'
import {jobSaid} from './jobs.js'
import type {ToolBody, ToolCall, ToolLine, ToolSaid} from './line.js'
import {webFetchSaid, webSearchSaid} from './web.js'
import {wordsOf} from './words.js'

export type {ToolBody, ToolCall, ToolLine} from './line.js'
export {doingWords, wordsOf} from './words.js'

/** So much of a result is held, characters: more than any tool of the built-in gateway says but `read_file` and `web_fetch`. */
export const HELD_CHARACTERS = 48_000

/** So much of a subject may be on a line. */
const SUBJECT_CHARACTERS = 400

/** So much of what a plugin's failure says. */
const FACT_CHARACTERS = 120

const MAX_TASKS = 200

const tools: Readonly<Record<string, (call: ToolCall) => ToolSaid>> = {
  read_file: readFileSaid,
  edit_file: changeSaid,
  write_file: changeSaid,
  list_files: listFilesSaid,
  search_files: searchFilesSaid,
  terminal: commandSaid,
  web_fetch: webFetchSaid,
  web_search: webSearchSaid,
  job_output: jobSaid,
  job_stop: jobSaid,
  todo: todoSaid,
  clarify: clarifySaid,
  session_search: sessionSearchSaid,
  delegate_task: delegatedSaid,
}

/** A call that ended, or never will, as a line for people. `limit`: characters of its result that the line may hold. */
export function toolLine(call: ToolCall, limit = HELD_CHARACTERS): ToolLine {
  const line = lineOf(call, limit)
  // Which plugins could say nothing to it.
  const note = textField(call.result, 'hook_note')
  return note ? {...line, facts: [...line.facts, visibleLine(note, FACT_CHARACTERS)]} : line
}

function lineOf(call: ToolCall, limit: number): ToolLine {
  const words = wordsOf(oneWord(call.name))
  const plain = {verb: words.done, subject: call.context, facts: [], failed: false, cut: 0}
  if (call.status !== 'complete') {
    const facts = call.status === 'unknown' ? outputFacts(call.result) : []
    const failed = call.status === 'unknown' || call.status === 'denied'
    return finished({...plain, verb: words.base, facts, failed}, limit)
  }
  const missing = shortenedBy(call.result)
  if (missing !== undefined) return finished({...plain, cut: missing}, limit)
  const error = errorOf(call)
  if (error !== undefined) {
    const input = anySaid({...call, result: undefined}, limit).input
    const verb = words.base === '' ? 'Failed:' : `Could not ${words.base.charAt(0).toLowerCase()}${words.base.slice(1)}`
    return finished(
      {...plain, verb, failed: true, body: {kind: 'error', text: error}, ...(input ? {input} : {})},
      limit,
    )
  }
  const own = Object.hasOwn(tools, call.name) ? tools[call.name]?.(call) : undefined
  const isChange = own === undefined && call.diff !== undefined && textField(call.result, 'path') !== undefined
  const said = own ?? (isChange ? {...anySaid(call, limit), ...changeSaid(call)} : anySaid(call, limit))
  const silent = own !== undefined && own.body === undefined && own.facts === undefined && own.verb === undefined
  return finished({...plain, ...(silent ? anySaid(call, limit) : {}), ...defined(said)}, limit)
}

/** Who said no, and what the person said to do instead. */
export function denialOf({status, name, result}: Pick<ToolCall, 'status' | 'name' | 'result'>): string | undefined {
  const error = textField(result, 'error')
  return status === 'denied' && error !== undefined ? visibleLine(withoutName(error, name)) : undefined
}

/** The reference has no error flag: a failure is inside the result. What a command says itself is its output. */
function errorOf({name, result}: ToolCall): string | undefined {
  const error = textField(result, 'error')
  if (!error) return undefined
  const isOutput = numberField(result, 'exit_code') !== undefined || textField(result, 'output')
  return name === 'terminal' && isOutput ? undefined : withoutName(error, name)
}

function withoutName(error: string, name: string): string {
  return error.startsWith(`${name}: `) ? error.slice(name.length + 2) : error
}

/** Characters of a result of which the gateway sent the beginning alone. */
function shortenedBy(result: unknown): number | undefined {
  const isShort = field(result, 'truncated') === true && textField(result, 'preview') !== undefined
  return isShort ? numberField(result, 'chars') : undefined
}

/** Bounded, and holding nothing of what it was made of. */
function finished(given: ToolLine, limit: number): ToolLine {
  // Its title says what was done, and is all there is.
  const title = visibleLine(given.subject, SUBJECT_CHARACTERS) || 'Used a tool'
  const line = given.verb === '' ? {...given, verb: title, subject: ''} : given
  const {body, cut} = line.body ? boundedBody(line.body, limit) : {body: undefined, cut: 0}
  const input = line.input === undefined ? undefined : boundedText(line.input, limit)
  return {
    verb: own(line.verb),
    subject: visibleLine(line.subject, SUBJECT_CHARACTERS),
    facts: line.facts,
    ...(line.counts === undefined ? {} : {counts: line.counts}),
    failed: line.failed,
    ...(body ? {body} : {}),
    ...(input ? {input: input.text} : {}),
    cut: line.cut + cut + (input?.cut ?? 0),
  }
}

function boundedBody(body: ToolBody, limit: number): {body: ToolBody; cut: number} {
  if (body.kind === 'tasks') {
    const tasks = body.tasks.slice(0, MAX_TASKS).map(({state, text}) => ({state, text: boundedText(text, 2000).text}))
    return {body: {kind: 'tasks', tasks}, cut: 0}
  }
  const {text, cut} = boundedText(body.text, limit)
  return {body: {...body, text, ...(cut > 0 ? {lines: lineCount(body.text)} : {})}, cut}
}

function oneWord(name: string): string {
  return visibleLine(name, 60) || 'a tool'
}

function defined(said: ToolSaid): ToolSaid {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}
