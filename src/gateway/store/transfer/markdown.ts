import {stripControlSequences} from '../../../control-sequences.js'
import type {MessageEntry, SessionEntry, SessionHead} from '../types.js'

/** Of a tool's arguments or result so much is written; the JSON file has all. */
const MAX_VALUE = 20_000

/** A session for people, piece by piece. Nothing in it drives a terminal that shows the file. */
export function* markdownOf(session: SessionHead, entries: Iterable<SessionEntry>): Generator<string> {
  const facts = [
    ['Session', session.key],
    ['Folder', session.cwd],
    ['Model', session.model],
    ['Begun', timeOf(session.startedAt)],
    ['Last active', timeOf(session.lastActiveAt)],
  ]
  yield `# ${oneLine(session.title ?? `Session ${session.key}`)}\n\n`
  for (const [name, value] of facts) if (value) yield `- ${name}: ${oneLine(value)}\n`
  for (const entry of entries) {
    if ('message' in entry) yield textOf(entry.message)
    else if (entry.turn.error !== null) yield `\n> ${oneLine(entry.turn.error)}\n`
  }
}

function textOf(message: MessageEntry): string {
  const {role, createdAt, status, tool} = message
  if (tool) return toolText(tool)
  const text = plain(message.text).trim()
  const reasoning = plain(message.reasoning).trim()
  if (text === '' && reasoning === '') return ''
  const who =
    {user: 'You', assistant: 'Assistant', system: 'Note', tool: 'Tool'}[role] +
    (message.steerId === undefined ? '' : ' (while it worked)')
  const broken = status === 'complete' ? '' : '\n*The reply broke off here.*\n'
  const thought =
    reasoning === '' ? '' : `\n<details><summary>Reasoning</summary>\n\n${fenced(reasoning, '')}\n</details>\n`
  return `\n## ${who} · ${timeOf(createdAt)}\n${thought}${text === '' ? '' : `\n${closed(text)}\n`}${broken}`
}

function toolText({name, context, state, args, result}: NonNullable<MessageEntry['tool']>): string {
  const what = oneLine([name, context].filter(Boolean).join(': '))
  const note =
    state === 'complete'
      ? ''
      : ` (${{denied: 'not allowed', unknown: 'outcome unknown'}[state as string] ?? 'not run'})`
  const parts = [args, result].filter((value) => value !== undefined).map((value) => fenced(valueText(value), 'json'))
  return `\n### Tool · ${what}${note}\n\n${parts.join('\n')}`
}

function valueText(value: unknown): string {
  const text = plain(typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? ''))
  return text.length > MAX_VALUE
    ? `${text.slice(0, MAX_VALUE).toWellFormed()}\n… ${text.length - MAX_VALUE} more characters`
    : text
}

/** A fence is longer than any in what it holds. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}\n`
}

/** A fence that a reply which broke off left open would take in all that follows. */
function closed(text: string): string {
  let open: string | undefined
  for (const [, mark = ''] of text.matchAll(/^ {0,3}(```+|~~~+)/gm)) {
    if (open === undefined) open = mark
    else if (mark[0] === open[0] && mark.length >= open.length) open = undefined
  }
  return open === undefined ? text : `${text}\n${open}`
}

function plain(text: string): string {
  return stripControlSequences(text.toWellFormed())
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '\ufffd')
}

function oneLine(text: string): string {
  return plain(text).replaceAll(/\s+/g, ' ').trim()
}

/** `2026-11-03 14:05`, UTC. */
function timeOf(time: number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
