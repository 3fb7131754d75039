import {type KeyNames, tableKeys} from '../../keys/text.js'
import {headOf, withoutEnd} from '../text/brief.js'
import {diffLines, diffPaint} from '../text/diff.js'
import {sanitize, sanitizeAnsi} from '../text/sanitize.js'
import type {Paint, Style} from '../text/style.js'
import {visibleLine} from '../text/visible.js'
import {stripSgr, textWidth, truncate, wrapSpans, wrapText} from '../text/wrap.js'
import type {ShownTool} from './items.js'
import {shownLine} from './shown-line.js'
import {lineCount} from './tool-lines/bounded-text.js'
import type {ToolBody, ToolLine} from './tool-lines/index.js'

/** Rows of a body on the screen; the pager has all of it. */
const HEAD_ROWS = 4
/** Of what failed: the reason is rarely further up. */
const TAIL_ROWS = 10
const DIFF_ROWS = 60
const TASK_ROWS = 30
const PROGRESS_ROWS = 5

/** No more of a body is cleaned for the few rows that are shown. */
const PREVIEW_CHARACTERS = 20_000

/** How a row is drawn, and what it says of how the rest is seen. */
interface Drawing {
  width: number
  style: Style
  opens: string
}

/** A finished call: its line, and below it as much as is worth a look. `key`: default as in the table. */
export function toolRows(tool: ShownTool, width: number, style: Style, key: KeyNames = tableKeys): string[] {
  const {line, status, note, seconds} = tool
  const notRun = status === 'asked' || status === 'not-started'
  const mark = notRun ? style.dim('○') : line.failed ? style.error('●') : style.good('●')
  const head = `${mark} ${toolHead(line, width - 2, style, seconds)}`
  if (note !== undefined) return [head, ...wrapText(note, width, {first: '  ', rest: '  '}).map(style.warning)]
  const unfolds = key('unfold')
  const drawing = {width: Math.max(10, width - 4), style, opens: unfolds === undefined ? '' : ` · ${unfolds}`}
  const rows = line.body ? bodyPreview(line.body, drawing) : []
  const missing =
    line.cut > 0 && !line.body ? [style.dim(truncate(`too long for the screen${drawing.opens}`, width - 4))] : []
  return [head, ...beside([...rows, ...missing], style)]
}

function beside(rows: readonly string[], style: Style): string[] {
  return rows.map((row, at) => `${style.dim(at === 0 ? '  ⎿ ' : '    ')}${row}`)
}

/** Below the line of a call that runs: the last rows of what it puts out, a row for each line. */
export function progressRows(progress: string, width: number, style: Style): string[] {
  const lines = sanitize(progress.slice(-PREVIEW_CHARACTERS)).split('\n')
  const said = lines.filter((line) => line.trim() !== '').slice(-PROGRESS_ROWS)
  return beside(
    said.map((line) => style.dim(truncate(untabbed(line), Math.max(10, width - 4)))),
    style,
  )
}

/** `Read demo.ts · 46 lines · 1.2 s` in at most `width` columns: the subject gives way first. */
export function toolHead(line: ToolLine, width: number, style: Style, seconds?: number): string {
  const {verb, subject, facts, counts, failed} = line
  const time = spent(seconds)
  const tail = [...facts, ...(time === undefined ? [] : [time])].map((fact) => ` · ${visibleLine(fact, 80)}`).join('')
  const added = counts === undefined ? '' : ` ${counts}`
  const shown = truncate(verb, width)
  const room = Math.max(0, width - textWidth(shown) - Math.min(textWidth(tail + added), Math.floor(width / 2)) - 1)
  const what = subject === '' || room < 4 ? '' : ` ${truncate(subject, room)}`
  const rest = truncate(tail, Math.max(0, width - textWidth(shown + what + added)))
  return `${style.bold(shown)}${what}${countsPaint(added, style)}${(failed && facts.length > 0 ? style.error : style.dim)(rest)}`
}

/** Times that nobody waited for are not told. */
export function spent(seconds: number | undefined): string | undefined {
  if (seconds === undefined || seconds < 1) return undefined
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  return `${Math.floor(Math.round(seconds) / 60)} m ${String(Math.round(seconds) % 60).padStart(2, '0')} s`
}

function countsPaint(counts: string, style: Style): string {
  return counts.replace(/\+\d+/, (added) => style.addition(added)).replace(/−\d+/, (removed) => style.deletion(removed))
}

function bodyPreview(body: ToolBody, drawing: Drawing): string[] {
  const {width, style} = drawing
  switch (body.kind) {
    case 'diff': {
      const head = headOf(withoutEnd(body.text, '\n'), DIFF_ROWS, PREVIEW_CHARACTERS)
      return [...diffRows(head.lines.join('\n'), width, style), ...moreRow(moreLines(body, head), drawing)]
    }
    case 'tasks':
      return taskRows(body.tasks.slice(0, TASK_ROWS), width, style).concat(
        moreRow(body.tasks.length - TASK_ROWS, drawing),
      )
    case 'error':
      return lastRows(body, drawing, style.error)
    case 'text':
      if (body.shows === 'nothing') return []
      return body.shows === 'tail' ? lastRows(body, drawing) : firstRows(body, drawing)
  }
}

type Lines = Extract<ToolBody, {text: string}>

function firstRows(body: Lines, drawing: Drawing): string[] {
  const {width, style} = drawing
  const head = headOf(body.text, HEAD_ROWS, PREVIEW_CHARACTERS, sanitize)
  if (head.lines.length === 1 && head.lines[0]?.trim() === '') return []
  const rows = head.lines.map((line) => style.dim(truncate(untabbed(line), width)))
  return [...rows, ...moreRow(moreLines(body, head), drawing)]
}

/** Of what is cut in its middle as many as there were are counted. */
function moreLines({lines}: Lines, head: {lines: string[]; more: number}): number {
  return lines === undefined ? head.more : lines - head.lines.length
}

function lastRows({text, lines}: Lines, {width, style, opens}: Drawing, paint: Paint = (row) => row): string[] {
  const end = sanitize(text.trimEnd().slice(-PREVIEW_CHARACTERS)).split('\n')
  const shown: string[] = []
  let left = end.length
  while (left > 0 && shown.length < TAIL_ROWS) {
    left--
    shown.unshift(...wrapText(untabbed(end[left] ?? ''), width, {hard: true}))
  }
  const above = Math.max(left, (lines ?? lineCount(text)) - (end.length - left))
  const hidden = shown.length > TAIL_ROWS || above > 0
  const note = above > 0 ? `… ${above} more ${above === 1 ? 'line' : 'lines'} above${opens}` : `…${opens}`
  const rows = shown.slice(-TAIL_ROWS).map(paint)
  return hidden ? [style.dim(truncate(note, width)), ...rows] : rows
}

function moreRow(more: number, {width, style, opens}: Drawing): string[] {
  if (more <= 0) return []
  return [style.dim(truncate(`… ${more} more ${more === 1 ? 'line' : 'lines'}${opens}`, width))]
}

/** A checklist. */
export function taskRows(tasks: Extract<ToolBody, {kind: 'tasks'}>['tasks'], width: number, style: Style): string[] {
  return tasks.flatMap(({state, text}) => {
    const [mark, paint] = {
      done: ['✔', style.dim] as const,
      doing: ['▸', style.bold] as const,
      open: ['☐', (row: string) => row] as const,
      dropped: ['–', style.dim] as const,
    }[state]
    return wrapText(visibleLine(text, 1000), width, {first: `${mark} `, rest: '  '}).map(paint)
  })
}

/** A gateway may colour its diffs; what comes without colours gets ours. Hidden characters are marked as in the question. */
export function diffRows(diff: string, width: number, style: Style): string[] {
  if (stripSgr(diff) !== diff) {
    return (style.color ? sanitizeAnsi(diff) : sanitize(diff))
      .split('\n')
      .flatMap((line) => (textWidth(stripSgr(line)) <= width ? [line] : wrapText(stripSgr(line), width, {hard: true})))
  }
  return diffLines(diff).flatMap(({kind, text}) =>
    wrapSpans([{text: shownLine(text), paint: diffPaint(kind, style)}], width, {hard: true}),
  )
}

function untabbed(line: string): string {
  return line.replace(/\t/g, '    ')
}
