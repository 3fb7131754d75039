import {matching, openPicker, type Picker, type PickerChoice, picked} from '../state/picker.js'
import {placeOf} from '../text/place.js'
import {when} from '../text/when.js'
import {emptyView, type SessionFacts} from './view.js'

type Told = Record<string, unknown>

const text = (value: unknown) => (typeof value === 'string' ? value : '')
const records = (value: unknown): Told[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []

/** Seconds, or milliseconds, as milliseconds. */
function timeOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return 0
  return value < 1e11 ? value * 1000 : value
}

/** The answer to `session.list`, or the sessions that a name may have meant, newest first. */
export function sessionChoices(sessions: unknown, currentKey: string | undefined): PickerChoice[] {
  return records(sessions)
    .map((told) => choiceOf(told, currentKey))
    .filter(({value}) => value !== '')
    .sort((a, b) => (b.session?.time ?? 0) - (a.session?.time ?? 0))
}

function choiceOf(told: Told, currentKey: string | undefined): PickerChoice {
  const key = text(told.id)
  const session: SessionFacts = {
    folder: text(told.cwd),
    time: timeOf(told.last_active) || timeOf(told.started_at),
    messages: typeof told.message_count === 'number' ? told.message_count : undefined,
    preview: text(told.preview),
    held: told.held === true,
    current: key !== '' && key === currentKey,
  }
  return {value: key, label: text(told.title) || session.preview || key, detail: detailOf(session, key), session}
}

/** All that is looked through when something is typed. */
function detailOf({folder, time, messages, preview}: SessionFacts, key: string): string {
  return [when(time), messages === undefined ? '' : messagesText(messages), folder && placeOf(folder), key, preview]
    .filter(Boolean)
    .join(' · ')
}

/** `1 message`, `7 messages`. */
export function messagesText(count: number): string {
  return `${count} ${count === 1 ? 'message' : 'messages'}`
}

/** A list of sessions; `filter`: as if it had been typed. */
export function sessionPicker(title: string, choices: readonly PickerChoice[], filter = ''): Picker {
  return {...openPicker('session', title, choices), filter, view: emptyView}
}

/** Takes in what a search in all texts found: those sessions are shown too. The one that is chosen stays chosen. */
export function withHits(picker: Picker, query: string, hits: unknown, currentKey: string | undefined): Picker {
  const chosen = picked(picker)?.value
  const snippets = new Map<string, string>()
  const known = new Set(picker.choices.map(({value}) => value))
  const more: PickerChoice[] = []
  for (const hit of records(hits)) {
    const key = text(hit.session_id)
    // Several messages of one session may be found: the first is the best.
    if (key === '' || snippets.has(key)) continue
    snippets.set(key, text(hit.snippet))
    if (known.has(key)) continue
    more.push(choiceOf({id: key, title: hit.title, last_active: hit.created_at}, currentKey))
  }
  const next = {
    ...picker,
    choices: more.length > 0 ? [...picker.choices, ...more] : picker.choices,
    view: {...(picker.view ?? emptyView), found: {query, snippets}},
  }
  return select(next, chosen)
}

/** The same list with another one chosen, by its key; the first where that one is not shown. */
export function select(picker: Picker, key: string | undefined): Picker {
  const index = matching(picker).findIndex(({value}) => value === key)
  return {...picker, selected: Math.max(0, index)}
}
