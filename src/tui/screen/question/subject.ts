import type {Subject} from '../../state/question.js'
import {diffLines, diffPaint} from '../../text/diff.js'
import type {Paint, Style} from '../../text/style.js'
import {type VisibleOptions, visible, visibleLine} from '../../text/visible.js'
import {type Span, wrapSpans, wrapText} from '../../text/wrap.js'

/** Before the first row of a line, and before the rows that go on with it. */
export const GUTTER = {line: '  ', more: '↳ '} as const

/** More kinds than this are counted. */
const NAMED_KINDS = 6

interface Drawn {
  columns: number
  style: Style
  rows: string[]
}

/** A subject is drawn for every key, and 10 000 lines of a diff take 300 ms. */
const drawn = new WeakMap<Subject, Drawn>()

/** The whole of what is decided about, in rows. */
export function subjectRows(subject: Subject, columns: number, style: Style): string[] {
  const before = drawn.get(subject)
  if (before?.columns === columns && before.style === style) return before.rows
  const rows = linesOfSubject(subject, style).flatMap((line) => lineRows(line, columns, style))
  drawn.set(subject, {columns, style, rows})
  return rows
}

function linesOfSubject({command, diff}: Subject, style: Style): Span[][] {
  if (diff === undefined) return linesOf(visibleSpans(command, style))
  return diffLines(diff).map(({kind, text}) => {
    const paint = diffPaint(kind, style)
    const signed = kind === 'added' || kind === 'removed' || kind === 'same'
    const sign: Span[] = signed ? [{text: text.slice(0, 1), paint}] : []
    return [...sign, ...visibleSpans(signed ? text.slice(1) : text, style, paint, {crlf: true})]
  })
}

/** A question in words, whole, and a line that warns of what hides in it. */
export function askedRows(text: string, columns: number, style: Style): string[] {
  const paint: Paint = (row) => style.bold(style.warning(row))
  const rows = linesOf(visibleSpans(text.trim(), style, paint)).flatMap((line, index) =>
    wrapSpans(line, columns, {first: index === 0 ? paint('? ') : '  ', rest: '  '}),
  )
  return [...rows, ...hiddenRows(visible(text).found, columns, style)]
}

/** Letters of one column each: no need to measure them. */
const narrow = /^[ -~\u00a1-\u00ac\u00ae-\u024f\u0400-\u0482\u048a-\u052f⟦⟧⇥←]*$/

function lineRows(spans: readonly Span[], columns: number, style: Style): string[] {
  const room = columns - GUTTER.line.length
  if (spans.reduce((sum, {text}) => sum + text.length, 0) <= room && spans.every(({text}) => narrow.test(text))) {
    return [GUTTER.line + spans.map(({text, paint}) => (paint ? paint(text) : text)).join('')]
  }
  return wrapSpans(spans, columns, {hard: true, first: GUTTER.line, rest: style.dim(GUTTER.more)})
}

function visibleSpans(text: string, style: Style, paint?: Paint, options?: VisibleOptions): Span[] {
  const hidden: Paint = (mark) => style.inverse(style.error(mark))
  return visible(text, options).parts.map((part) => {
    const own = {text: paint, hidden, space: style.dim}[part.kind]
    return {text: part.text, ...(own ? {paint: own} : {})}
  })
}

function linesOf(spans: readonly Span[]): Span[][] {
  const lines: Span[][] = [[]]
  for (const span of spans) {
    for (const [index, text] of span.text.split('\n').entries()) {
      if (index > 0) lines.push([])
      if (text !== '') lines.at(-1)?.push({...span, text})
    }
  }
  return lines
}

/** What there is to know beside it, the gravest first. */
export function factRows(subject: Subject, sessionCwd: string | undefined, columns: number, style: Style): string[] {
  const fact = (label: string, text: string) => {
    const name = label.padEnd(5)
    return wrapText(text, columns, {first: `  ${name} `, rest: ' '.repeat(name.length + 3), hard: true}).map((row) =>
      row.startsWith(`  ${name}`) ? `  ${style.dim(name)}${row.slice(2 + name.length)}` : row,
    )
  }
  const {kind, command, diff, cwd, dangers, why, hidden} = subject
  const rows = dangers.flatMap((danger) => warningRows(visibleLine(danger), columns, style))
  rows.push(...hiddenRows(hidden, columns, style))
  // A path that is the subject itself stands there in full.
  if (kind === 'edit' && diff !== undefined) rows.push(...fact('file', visibleLine(command, 4096)))
  if (cwd !== undefined && cwd !== sessionCwd) rows.push(...fact('in', visibleLine(cwd, 4096)))
  if (why !== undefined) rows.push(...fact('why', visibleLine(why)))
  return rows
}

function hiddenRows(hidden: readonly string[], columns: number, style: Style): string[] {
  return hidden.length > 0 ? warningRows(`contains hidden characters: ${someOf(hidden)}`, columns, style) : []
}

function warningRows(text: string, columns: number, style: Style): string[] {
  return wrapText(text, columns, {first: '▲ ', rest: '  '}).map((row) => style.bold(style.error(row)))
}

function someOf(names: readonly string[]): string {
  const more = names.length - NAMED_KINDS
  return names.slice(0, NAMED_KINDS).join(', ') + (more > 0 ? ` and ${more} more kinds` : '')
}
