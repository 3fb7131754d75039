import {isPrompt} from '../../protocol/prompt-message.js'
import type {Part, ScreenOptions} from '../screen/part.js'
import {matching, type Picker, type PickerChoice, picked} from '../state/picker.js'
import {placeOf} from '../text/place.js'
import {oneLine} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {when} from '../text/when.js'
import {graphemes, textWidth, truncate, wrapText} from '../text/wrap.js'
import {messagesText} from './choices.js'
import {emptyView, type SessionView} from './view.js'

/** With fewer rows than that there is the list alone. */
const ROWS_FOR_PREVIEW = 9

/** Most rows of what is told of the chosen one. */
const PREVIEW_ROWS = 9

/** Below so many columns a row has title and age; from the second on the folder too. */
const NARROW = 60
const WIDE = 100

type Options = Pick<ScreenOptions, 'columns' | 'style' | 'now'>

/** The list of sessions in at most `height` rows: what is typed, the sessions, what is told of the chosen one, the keys. */
export function sessionListPart(picker: Picker, options: Options, height: number): Part {
  const {columns, style} = options
  const view = picker.view ?? emptyView
  const choices = matching(picker)
  const detail =
    height >= ROWS_FOR_PREVIEW ? detailRows(picker, options, Math.min(PREVIEW_ROWS, Math.floor((height - 2) / 2))) : []
  const room = Math.max(1, height - 2 - detail.length)
  const first = Math.max(0, Math.min(choices.length - room, picker.selected - Math.floor(room / 2)))
  const rows = choices
    .slice(first, first + room)
    .map((choice, index) => rowOf(choice, {...options, view, selected: first + index === picker.selected}))
  if (rows.length === 0) {
    const none = picker.filter === '' ? '  no session is stored yet' : '  nothing was said like that'
    rows.push(style.dim(truncate(none, columns)))
  }
  const head = headOf(picker, choices.length, columns)
  return {rows: [head.row, ...rows, ...detail, footRow(view, columns, style)], cursor: {x: head.cursor, y: 0}}
}

/** What is typed, up to its cursor at least: of more than a row its end. */
function headOf({title, filter, view}: Picker, count: number, columns: number): {row: string; cursor: number} {
  const editor = view?.renaming?.editor
  const label = truncate(editor ? 'New title: ' : `${oneLine(title, 200)} (${count}): `, Math.max(8, columns - 12))
  const room = columns - textWidth(label) - 1
  const before = endOf(typed(editor ? editor.text.slice(0, editor.cursor) : filter), room)
  const cursor = textWidth(label) + textWidth(before)
  const after = editor ? typed(editor.text.slice(editor.cursor)) : ''
  return {row: truncate(`${label}${before}${after}`, columns), cursor: Math.min(columns - 1, cursor)}
}

/** As {@link oneLine}, with the blanks at its end, behind which one goes on. */
function typed(text: string): string {
  const blanks = / +$/.exec(text)?.[0] ?? ''
  return `${oneLine(text, 400)}${blanks}`
}

/** The last columns of a text. */
function endOf(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  const characters = graphemes(text)
  let from = characters.length
  for (let width = 1; from > 0; from--) {
    width += textWidth(characters[from - 1] ?? '')
    if (width > columns) break
  }
  return `…${characters.slice(from).join('')}`
}

function rowOf(
  choice: PickerChoice,
  {columns, style, now, view, selected}: Options & {view: SessionView; selected: boolean},
): string {
  const {session, value} = choice
  const marked = view.marked.includes(value)
  const state = marked ? 'deleted on closing' : session?.current ? 'here' : session?.held ? 'open elsewhere' : ''
  const age = agoText(session?.time ?? 0, now)
  const count = session?.messages === undefined ? '' : messagesText(session.messages)
  const folder = session?.folder ? placeOf(session.folder) : ''
  const facts =
    columns < NARROW
      ? [state || age]
      : columns < WIDE
        ? [state || age, count.padStart(12)]
        : [truncate(folder, Math.floor(columns / 3)), state, count.padStart(12), age.padStart(6)]
  const right = facts.filter((fact) => fact.trim() !== '').join('  ')
  const width = Math.max(8, columns - 4 - textWidth(right))
  const label = truncate(oneLine(choice.label, 200), width)
  const gap = ' '.repeat(Math.max(0, width - textWidth(label)))
  const paint = selected ? style.accent : marked ? style.dim : (text: string) => text
  return truncate(`${paint(`${selected ? '❯' : marked ? '✗' : ' '} ${label}`)}${gap}  ${style.dim(right)}`, columns)
}

/** Facts of the chosen session, where what was typed was said, and its last exchange. */
function detailRows(picker: Picker, {columns, style}: Options, room: number): string[] {
  const choice = picked(picker)
  if (!choice || room < 2) return []
  const view = picker.view ?? emptyView
  const {session, value} = choice
  const facts = [
    session?.folder && placeOf(session.folder),
    when(session?.time ?? 0),
    session?.messages === undefined ? '' : messagesText(session.messages),
    oneLine(value, 60),
  ].filter(Boolean)
  const rows = [style.edge('─'.repeat(columns)), ...wrapText(facts.join(' · '), columns).slice(0, 2).map(style.dim)]
  const snippet = picker.filter.trim() === '' ? undefined : view.found?.snippets.get(value)
  if (snippet !== undefined) rows.push(...snippetRows(snippet, columns, style).slice(0, 2))
  rows.push(
    ...exchangeRows(view.preview?.key === value ? view.preview.messages : [], columns, style, room - rows.length),
  )
  return rows.slice(0, room)
}

/** The words that were found are marked, also where the snippet is broken into rows. */
function snippetRows(snippet: string, columns: number, style: Style): string[] {
  const rows = ['']
  let width = 0
  const add = (text: string, paint: (word: string) => string) => {
    for (const word of cleanPart(text).split(/(?<= )/)) {
      const own = textWidth(word)
      if (width > 0 && width + own > columns - 2) {
        rows.push('')
        width = 0
      }
      rows[rows.length - 1] += paint(word)
      width += own
    }
  }
  const [before = '', ...matches] = snippet.split('\u0002')
  add(before, (word) => word)
  for (const match of matches) {
    const [words = '', ...rest] = match.split('\u0003')
    add(words, (word) => style.underline(style.bold(word)))
    add(rest.join(''), (word) => word)
  }
  return rows.map((row) => truncate(`  ${row}`, columns))
}

/** One line, with the blanks at its ends: they part it from what is marked. */
function cleanPart(text: string): string {
  const line = oneLine(text, 400)
  return line === '' ? (text === '' ? '' : ' ') : `${/^\s/.test(text) ? ' ' : ''}${line}${/\s$/.test(text) ? ' ' : ''}`
}

function exchangeRows(
  messages: NonNullable<SessionView['preview']>['messages'],
  columns: number,
  style: Style,
  room: number,
): string[] {
  if (room < 1) return []
  const asked = messages.findLastIndex(isPrompt)
  const prompt = oneLine(messages[asked]?.text ?? '', 600)
  const replies = messages.slice(asked + 1).filter(({role, text}) => role === 'assistant' && text?.trim())
  const reply = oneLine(replies.at(-1)?.text ?? '', 1200)
  const promptRows = prompt === '' ? [] : wrapText(prompt, columns, {first: '› ', rest: '  '})
  const replyRows = reply === '' ? [] : wrapText(reply, columns, {first: '  ', rest: '  '})
  const forPrompt = Math.min(promptRows.length, replyRows.length === 0 ? room : Math.max(1, Math.floor(room / 3)))
  return [...promptRows.slice(0, forPrompt).map(style.bold), ...replyRows.slice(0, room - forPrompt).map(style.dim)]
}

function footRow({note, renaming, marked}: SessionView, columns: number, style: Style): string {
  if (note) return (note.tone === 'good' ? style.good : style.warning)(truncate(oneLine(note.text, 400), columns))
  const how = renaming
    ? 'Enter gives it the title · Esc leaves it as it is'
    : marked.length > 0
      ? `Esc closes and deletes ${marked.length} · ^U brings back · Enter opens · ^R rename · ^E export`
      : columns < NARROW
        ? 'Enter · ^R name · ^D delete · ^E export'
        : 'Enter opens · type to search · ^R rename · ^D delete · ^E export · Esc closes'
  return style.dim(truncate(how, columns))
}

/** `now`, `5 min`, `3 h`, `2 d`, else the day. */
function agoText(time: number, now: number): string {
  if (time === 0) return ''
  const minutes = Math.floor((now - time) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h`
  const days = Math.floor(hours / 24)
  return days < 30 ? `${days} d` : when(time).slice(0, 10)
}
