import {composerWindow} from '../composer/layout.js'
import {answerable, type Question} from '../state/question.js'
import {oneLine, sanitize} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {graphemes, truncate, wrapText} from '../text/wrap.js'
import type {Part, ScreenOptions} from './part.js'

/** What is asked must be answerable in the smallest window: the detail gives way first, then the choices. */
export function questionPart(question: Question, waiting: number, options: ScreenOptions, height: number): Part {
  const {columns, style} = options
  const answer = answerPart(question, options)
  let room = Math.max(1, height - answer.rows.length)
  const title = wrapText(sanitize(question.title), columns, {first: '? ', rest: '  '}).slice(0, Math.max(1, room - 3))
  const rows = title.slice(0, room).map((row) => style.bold(style.yellow(row)))
  room -= rows.length
  const choices = choiceRows(question, options, Math.min(question.choices.length, Math.max(0, room)))
  room -= choices.length
  if (waiting > 1 && room > 1) {
    rows.push(style.dim(truncate(`  ${waiting - 1} more after this one`, columns)))
    room -= 1
  }
  if (question.detail !== undefined) rows.push(...commandRows(question.detail, columns, style, room))
  rows.push(...choices)
  const cursor = answer.cursor && {x: answer.cursor.x, y: rows.length + answer.cursor.y}
  return {rows: [...rows, ...answer.rows], ...(cursor ? {cursor} : {})}
}

function choiceRows(question: Question, {columns, style}: ScreenOptions, room: number): string[] {
  const {choices, selected} = question
  const first = Math.max(0, Math.min(choices.length - room, selected - Math.floor(room / 2)))
  return choices.slice(first, first + room).map((choice, offset) => {
    const index = first + offset
    const label = truncate(`${index + 1}. ${oneLine(choice.label, 400)}`, columns - 2)
    return index === selected && question.editor.text === '' ? style.cyan(`❯ ${label}`) : `  ${label}`
  })
}

/** Where an answer is written, and how to give it. */
function answerPart(question: Question, {columns, style}: ScreenOptions): Part {
  const keys = (text: string) => style.dim(truncate(text, columns))
  if (!answerable(question)) return {rows: [keys(`1–${question.choices.length} or ↑↓ and Enter · Esc denies`)]}
  const {text, cursor} = question.editor
  // Bullets instead of the text itself: the width of a password's characters is nobody's business either.
  const hidden = (part: string) => '•'.repeat(graphemes(part).length)
  const window = question.masked
    ? composerWindow(hidden(text), hidden(text.slice(0, cursor)).length, columns - 2, 2)
    : composerWindow(text, cursor, columns - 2, 2)
  const rows = window.rows.map((row, index) => `${index === 0 ? style.cyan('› ') : '  '}${row}`)
  const how = question.choices.length > 0 ? 'choose or write your own answer' : 'write your answer'
  return {
    rows: [...rows, keys(`${how} · Enter sends · Esc declines`)],
    cursor: {x: 2 + window.cursor.column, y: window.cursor.row},
  }
}

/** The whole command is shown, or it is said how much is not: what is approved must be seen. */
function commandRows(command: string, columns: number, style: Style, room: number): string[] {
  if (room <= 0) return []
  const rows = wrapText(sanitize(command), columns, {hard: true, first: '  │ ', rest: '  │ '})
  if (rows.length <= room) return rows
  const hidden = rows.length - room + 1
  return [...rows.slice(0, room - 1), style.yellow(truncate(`  │ … ${hidden} more lines are not shown`, columns))]
}
