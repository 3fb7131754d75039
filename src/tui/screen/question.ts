import {composerWindow} from '../composer/layout.js'
import type {Asking} from '../state/answer-guard.js'
import type {Question} from '../state/question.js'
import {oneLine} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {visibleLine} from '../text/visible.js'
import {graphemes, textWidth, truncate} from '../text/wrap.js'
import {type Asked, keysOf, type Part, type ScreenOptions} from './part.js'
import {choiceRows} from './question/choices.js'
import {position, rule} from './question/rule.js'
import {askedRows, factRows, subjectRows} from './question/subject.js'

export interface QuestionScene {
  question: Question
  asking: Asking
  /** How many wait with it. */
  waiting: number
  draft: string
  /** Where the session works. */
  cwd: string | undefined
}

/** So many of a question's choices are kept on the screen while its words can give way. */
const MIN_CHOICES = 3

/** The subject never gets fewer rows than this while something else can give way. */
const MIN_SUBJECT = 3

/** An open question in at most `height` rows: everything to decide by, and all the ways to answer. */
export function questionPart(scene: QuestionScene, options: ScreenOptions, height: number): Part & {asked: Asked} {
  return scene.question.subject ? approvalPart(scene, options, height) : wordsPart(scene, options, height)
}

/** The line that tells of a question while somebody types. */
export function announcementRow({question, asking}: QuestionScene, options: ScreenOptions): string {
  const {columns, style} = options
  const unfold = keysOf(options)('unfold')
  const opens = asking.phase === 'announced' && columns >= 70
  const pressed = unfold === undefined ? ' · opens when you pause' : ` · ${unfold} opens it`
  const keys = opens && unfold !== undefined ? ` · opens when you pause, or ${unfold}` : pressed
  const what = question.subject ? `: ${visibleLine(question.subject.command)}` : ''
  const text = truncate(`? ${visibleLine(question.title)}${what}`, columns - textWidth(keys))
  return style.bold(style.warning(text)) + style.warning(keys)
}

/**
 * From top to bottom: what is asked, facts, the whole subject in a window, the choices or the field, the keys. In a
 * small window the keys' line goes first, then the facts go into the window of the subject, above it.
 */
function approvalPart(scene: QuestionScene, options: ScreenOptions, height: number): Part & {asked: Asked} {
  const {question, asking, waiting, cwd} = scene
  const {columns, style} = options
  const subject = question.subject
  if (!subject) throw new Error('only of an approval')
  const grave = question.careful ? style.error : style.warning
  const field = question.writing ? reasonRows(question, options, height) : undefined
  const ways = field?.rows.length ?? question.choices.length
  const footer = footerRows(scene, options).slice(0, Math.max(0, height - ways - 2 - MIN_SUBJECT))
  const frame = height - ways - footer.length >= 3 ? 2 : 1
  const facts = factRows(subject, cwd, columns, style)
  const body = subjectRows(subject, columns, style)
  const space = Math.max(1, height - frame - footer.length - ways)
  const above = Math.max(0, Math.min(facts.length, space - Math.min(MIN_SUBJECT, body.length)))
  const rows = [...facts.slice(above), ...body]
  const page = Math.max(1, Math.min(rows.length, space - above))
  const top = Math.max(0, Math.min(question.top, rows.length - page))
  const seen = top + page >= rows.length
  const selected = effectiveChoice(scene, seen)
  const spare = height - frame - footer.length - above - page
  const choices =
    field?.rows ??
    choiceRows(question.choices, {columns, style, selected, armed: asking.armed, room: Math.max(1, spare)})
  const gap = above > 0 && spare > choices.length ? [''] : []
  const count = waiting > 1 ? `1 of ${waiting}` : ''
  const where = position(top, page, rows.length, columns)
  const head = [
    rule(columns, visibleLine(question.title), count, (row) => style.bold(grave(row))),
    ...facts.slice(0, above),
    ...gap,
    ...rows.slice(top, top + page),
    ...(frame > 1 ? [rule(columns, where, '', seen ? style.edge : (row) => style.bold(style.warning(row)))] : []),
  ]
  return {
    rows: [...head, ...choices, ...footer],
    ...(field ? {cursor: {x: field.cursor.x, y: head.length + field.cursor.y}} : {}),
    asked: {id: question.id, shows: looks(scene, options), top, page, total: rows.length, selected},
  }
}

/**
 * What Enter takes. By itself a yes only where it is harmless, all of it can be seen, and nobody typed when it came;
 * what the person picked otherwise.
 */
function effectiveChoice({question, asking, draft}: QuestionScene, seen: boolean): number | undefined {
  if (question.selected !== undefined) return question.selected
  return question.careful || !seen || asking.typed || draft !== '' ? undefined : 0
}

/** A change of it starts the time anew in which no key counts. */
function looks({question, waiting}: QuestionScene, {columns, rows}: ScreenOptions): string {
  return `${question.id} ${waiting} ${columns}x${rows}`
}

const FIELD_ROWS = 4

const EARLY = 'Read it first: keys count in a moment'

function reasonRows(question: Question, {columns, style}: ScreenOptions, height: number) {
  const {text, cursor} = question.editor
  const window = composerWindow(text, cursor, columns - 4, Math.max(1, Math.min(FIELD_ROWS, height - MIN_SUBJECT - 3)))
  const rows = window.rows.map((row, index) => `  ${index === 0 ? style.accent('› ') : '  '}${row}`)
  return {
    rows: [style.bold('  No, do this instead:'), ...rows],
    cursor: {x: 4 + window.cursor.column, y: 1 + window.cursor.row},
  }
}

/** What the keys do; and the draft, which is not on the screen now. */
function footerRows({question, asking, draft}: QuestionScene, {columns, style}: ScreenOptions): string[] {
  const line = (...texts: string[]) =>
    style.dim(`  ${texts.find((text) => textWidth(text) <= columns - 2) ?? truncate(texts.at(-1) ?? '', columns - 2)}`)
  const kept = draft === '' ? [] : [line(truncate(`your draft is kept: ${oneLine(draft, 400)}`, columns - 2))]
  const last = question.choices.length
  const keys = question.writing
    ? line(
        'Enter denies and tells the model · Esc back to the choices, your words go into the draft',
        'Enter denies and tells the model · Esc back, words go to the draft',
        'Enter denies and tells it · Esc back',
      )
    : !asking.armed
      ? line(EARLY)
      : line(
          `1–${last}, or ↑↓ and Enter · or type what to do instead · PgUp PgDn Home End scroll · Esc denies`,
          `1–${last}, or ↑↓ and Enter · or type what to do instead · Esc denies`,
          `1–${last} · or type what to do instead`,
        )
  return [keys, ...kept]
}

/** A question that is answered in words, in a window where it is long: its choices give way first. */
function wordsPart(scene: QuestionScene, options: ScreenOptions, height: number): Part & {asked: Asked} {
  const {question, asking, waiting, draft} = scene
  const {columns, style} = options
  const answer = answerPart(question, asking.armed, options)
  let room = Math.max(1, height - answer.rows.length)
  const words = askedRows(question.title, columns, style)
  const fits = words.length <= Math.max(1, room - Math.min(MIN_CHOICES, question.choices.length))
  const page = fits ? words.length : Math.max(1, room - Math.min(MIN_CHOICES, question.choices.length) - 1)
  const top = Math.max(0, Math.min(question.top, words.length - page))
  const rows = words.slice(top, top + page)
  const where = position(top, page, words.length, columns)
  const seen = top + page >= words.length
  if (where !== '' && rows.length < room) rows.push(rule(columns, where, '', seen ? style.dim : style.warning))
  room -= rows.length
  const typing = question.editor.text !== ''
  const quiet = seen && !asking.typed && draft === '' && question.choices.length > 0
  const selected = typing ? undefined : (question.selected ?? (quiet ? 0 : undefined))
  const shown = Math.min(question.choices.length, Math.max(0, room))
  const choices =
    shown === 0 ? [] : choiceRows(question.choices, {columns, style, selected, armed: asking.armed, room: shown})
  room -= choices.length
  if (waiting > 1 && room > 1) rows.push(style.dim(truncate(`  ${waiting - 1} more after this one`, columns)))
  rows.push(...choices)
  return {
    rows: [...rows, ...answer.rows],
    cursor: {x: answer.cursor.x, y: rows.length + answer.cursor.y},
    asked: {id: question.id, shows: looks(scene, options), top, page, total: words.length, selected},
  }
}

/** Where an answer is written, and how to give it. */
function answerPart(question: Question, armed: boolean, {columns, style}: {columns: number; style: Style}) {
  const {text, cursor} = question.editor
  // Bullets instead of the text itself: the width of a password's characters is nobody's business either.
  const hidden = (part: string) => '•'.repeat(graphemes(part).length)
  const window = question.masked
    ? composerWindow(hidden(text), hidden(text.slice(0, cursor)).length, columns - 2, 2)
    : composerWindow(text, cursor, columns - 2, 2)
  const rows = window.rows.map((row, index) => `${index === 0 ? style.accent('› ') : '  '}${row}`)
  const how = question.several
    ? 'write the numbers (1, 3) or your own answer'
    : question.choices.length > 0
      ? 'choose or write your own answer'
      : 'write your answer'
  return {
    rows: [...rows, style.dim(truncate(armed ? `${how} · Enter sends · Esc declines` : EARLY, columns))],
    cursor: {x: 2 + window.cursor.column, y: window.cursor.row},
  }
}
