import type {ToolWords} from './line.js'

const words = (base: string, doing: string, done: string, what: string): ToolWords => ({base, doing, done, what})

/** No tool of a model: what a delegated task brought, as news of it tell. */
export const SUBAGENT = 'subagent'

/** A call of which an agent says nothing but a title, verb and all: `Ask Which way?`. */
export const TITLED = 'titled'

/** Tools of the built-in gateway, and those of others that are known by name. */
const known: ReadonlyMap<string, ToolWords> = new Map([
  ['read_file', words('Read', 'Reading', 'Read', 'a file')],
  ['edit_file', words('Edit', 'Editing', 'Edited', 'a file')],
  ['write_file', words('Write', 'Writing', 'Wrote', 'a file')],
  ['patch', words('Edit', 'Editing', 'Edited', 'a file')],
  ['list_files', words('List', 'Listing', 'Listed', 'files')],
  ['search_files', words('Search', 'Searching', 'Searched', 'files')],
  ['terminal', words('Run', 'Running', 'Ran', 'a command')],
  ['job_output', words('Read', 'Reading', 'Read', 'a job')],
  ['job_stop', words('Stop', 'Stopping', 'Stopped', 'a job')],
  ['todo', words('Update tasks', 'Updating tasks', 'Tasks', '')],
  ['clarify', words('Ask', 'Asking', 'Asked', 'you')],
  ['memory', words('Update memory', 'Updating memory', 'Updated memory', '')],
  ['session_search', words('Search sessions', 'Searching sessions', 'Searched sessions', '')],
  ['web_fetch', words('Fetch', 'Fetching', 'Fetched', 'a page')],
  ['web_search', words('Search the web', 'Searching the web', 'Searched the web', '')],
  ['web_extract', words('Fetch', 'Fetching', 'Fetched', 'a page')],
  ['execute_code', words('Run code', 'Running code', 'Ran code', '')],
  ['delegate_task', words('Delegate', 'Delegating', 'Delegated', 'a task')],
  [SUBAGENT, words('Finish sub-agent', 'Sub-agent works on', 'Sub-agent finished', '')],
  ['browser_navigate', words('Open', 'Opening', 'Opened', 'a page')],
  [TITLED, words('', '', '', 'using a tool')],
  ['skill_view', words('Read skill', 'Reading skill', 'Read skill', '')],
])

/** Words for a tool of any name: `Called fetch_mail`, of a server's `Called files/read_file`. */
export function wordsOf(name: string): ToolWords {
  const said = name.replace(/^mcp__([A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*)__(?=.)/, '$1/')
  return known.get(name) ?? {base: `Call ${said}`, doing: `Calling ${said}`, done: `Called ${said}`, what: ''}
}

/** `running a command`: for the status line. */
export function doingWords(name: string): string {
  const {doing, what} = wordsOf(name)
  const text = `${doing} ${what}`.trim()
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What a call is about. Some gateways say it with the verb, which is said anyway: `Running sleep 4` is `sleep 4`. */
export function withoutVerb(name: string, context: string): string {
  const {doing} = wordsOf(name)
  return context.startsWith(`${doing} `) ? context.slice(doing.length + 1) : context
}
