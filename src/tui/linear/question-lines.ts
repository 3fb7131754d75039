import {askedRows, factRows, subjectRows} from '../screen/question/subject.js'
import {answerable, type Question} from '../state/question.js'
import {visibleLine} from '../text/visible.js'
import {plainStyle} from './words.js'

/** A question, whole: what is decided about, the ways to answer, and how. `cwd`: where the session works. */
export function questionLines(
  question: Question,
  {
    cwd,
    waiting,
    width,
  }: {
    cwd: string | undefined
    waiting: number
    width: number
  },
): string[] {
  const {subject, choices, title, careful} = question
  const lines = subject
    ? [
        `question: ${visibleLine(title)}${careful ? ', be careful' : ''}`,
        ...factRows(subject, cwd, width, plainStyle).map((row) => row.replace(/^▲ /, 'warning: ')),
        ...subjectRows(subject, width, plainStyle),
      ]
    : askedRows(title, width, plainStyle).map((row, at) =>
        (at === 0 ? row.replace(/^\? /, 'question: ') : row).replace(/^▲ /, 'warning: '),
      )
  const listed = choices.map(({label, covers}, index) => {
    const name = visibleLine(label).replace(/ \(Esc\)$/, '')
    return `${index + 1}. ${name}${covers === undefined ? '' : `: ${visibleLine(covers)}`}`
  })
  const more = waiting > 1 ? [`${waiting - 1} more after this one`] : []
  return [...lines, ...more, ...listed, howTo(question)]
}

function howTo(question: Question): string {
  const last = question.choices.length
  if (question.masked) return 'Type it: it is not shown. Enter sends, Ctrl+C declines.'
  if (!answerable(question)) return `Type a number from 1 to ${last}, or no and what to do instead.`
  const declines = '/decline or Ctrl+C declines.'
  if (question.several) return `Type numbers (1, 3) or your own answer. ${declines}`
  return last > 0 ? `Type a number or your own answer. ${declines}` : `Type your answer. ${declines}`
}

export type LineAnswer =
  | {kind: 'answer'; value: string; rule?: string; allows: boolean}
  /** No, and what to do instead. */
  | {kind: 'denied'; reason: string}
  /** It is none. */
  | {kind: 'unclear'}

/** What a line says to a question. An approval is only ever given by the number of its choice or a plain yes. */
export function answerOf(line: string, question: Question): LineAnswer {
  const text = line.trim()
  const {choices} = question
  const number = /^\d{1,2}$/.test(text) && !question.several ? Number(text) : undefined
  const picked = number === undefined ? undefined : choices[number - 1]
  if (picked) {
    const {value, rule} = picked
    return {kind: 'answer', value, ...(rule === undefined ? {} : {rule}), allows: value !== 'deny'}
  }
  if (answerable(question)) return text === '' ? {kind: 'unclear'} : {kind: 'answer', value: line, allows: true}
  if (/^(?:y|yes)$/i.test(text) && choices.some(({value}) => value === 'once')) {
    return {kind: 'answer', value: 'once', allows: true}
  }
  const no = /^(?:n|no|deny)(?:[\s,.:;-]+([\s\S]*))?$/i.exec(text)
  if (no) return {kind: 'denied', reason: (no[1] ?? '').trim()}
  return {kind: 'unclear'}
}
