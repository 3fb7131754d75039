import {beginning} from '../text/blocks/split.js'
import {briefJson, headOf, withoutEnd} from '../text/brief.js'
import {diffCounts, diffLines, diffPaint} from '../text/diff.js'
import type {Highlighter} from '../text/highlight/highlighter.js'
import type {Lexer} from '../text/lexer.js'
import {isJoined, pieceRows} from '../text/markdown/render.js'
import {oneLine, sanitize, sanitizeAnsi} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {MARK, visible, visibleLine} from '../text/visible.js'
import {stripSgr, textWidth, truncate, wrapSpans, wrapText} from '../text/wrap.js'
import {boundedRows} from './bounded.js'
import type {Item, ToolRecord} from './items.js'

export interface TranscriptOptions {
  width: number
  style: Style
  showReasoning: boolean
  /** Undefined until it is loaded: text is then shown as it was written. */
  lexer: Lexer | undefined
  /** Undefined until it is loaded: code has one colour then. */
  highlighter?: Highlighter | undefined
}

const PREVIEW_ROWS = 4
/** A pasted file would push everything else off the screen. */
const USER_ROWS = 40
const DIFF_ROWS = 60
/** A result may be many megabytes, and only its first rows are shown. */
const PREVIEW_CHARACTERS = 20_000
const COUNTED_CHARACTERS = 1_000_000

/** A finished item as rows of the terminal; the first row is blank where it is set apart from what was before. */
export function itemRows(item: Item, previous: Item | undefined, options: TranscriptOptions): string[] {
  const rows = boundedRows(item, (bounded) => bodyRows(bounded, options), options)
  // Definitions and comments are nothing to be seen.
  if (rows.length === 0) return []
  const joined = item.kind === 'interrupted' || (item.kind === 'notice' && closeTo.has(previous?.kind))
  return joined || (item.kind === 'assistant' && isJoined(item.before ?? beginning.before)) ? rows : ['', ...rows]
}

/** Kinds after which a notice needs no blank row. */
const closeTo: ReadonlySet<Item['kind'] | undefined> = new Set(['notice', 'interrupted', undefined])

function bodyRows(item: Item, options: TranscriptOptions): string[] {
  const {width, style} = options
  switch (item.kind) {
    case 'user': {
      const rows = wrapText(sanitize(item.text), width, {first: '› ', rest: '  '})
      const more = rows.length - USER_ROWS
      const shown = rows.slice(0, more > 0 ? USER_ROWS : undefined).map((row) => style.bold(row))
      return [...shown, ...(more > 0 ? [style.dim(`  … ${more} more lines, sent in full`)] : [])]
    }
    case 'assistant':
      return assistantRows(item, options)
    case 'reasoning':
      return reasoningRows(item.text, options)
    case 'tool':
      return toolRows(item.tool, width, style)
    case 'interrupted':
      return [style.yellow('[interrupted]')]
    case 'notice': {
      const [mark, paint] = {
        info: ['·', style.dim] as const,
        good: ['✔', style.green] as const,
        warn: ['!', style.yellow] as const,
        error: ['✖', style.red] as const,
      }[item.tone]
      return wrapText(sanitize(item.text), width, {first: `${mark} `, rest: '  '}).map(paint)
    }
    case 'output':
      return [
        ...sanitize(item.text)
          .split('\n')
          .flatMap((line) => wrapText(line, width, {rest: '  '})),
      ]
  }
}

function assistantRows(
  {text, before = beginning.before}: Extract<Item, {kind: 'assistant'}>,
  {width, style, lexer, highlighter}: TranscriptOptions,
): string[] {
  if (!lexer) return wrapText(sanitize(text).trim(), width)
  return pieceRows({text, before}, {width, style, lexer, highlighter})
}

function reasoningRows(text: string, {width, style, showReasoning}: TranscriptOptions): string[] {
  const clean = sanitize(text).trim()
  if (!showReasoning) return [style.dim(truncate(`✻ thought for ${clean.length} characters · /reasoning show`, width))]
  return wrapText(clean, width, {first: '✻ ', rest: '  '}).map((row) => style.dim(row))
}

export function toolRows(tool: ToolRecord, width: number, style: Style): string[] {
  const failed = tool.status === 'unknown' || tool.status === 'denied' || failure(tool.result) !== undefined
  const notRun = tool.status === 'asked' || tool.status === 'not-started'
  const mark = notRun ? style.dim('○') : failed ? style.red('●') : style.green('●')
  const seconds = tool.seconds === undefined ? '' : ` ${tool.seconds.toFixed(1)}s`
  const change = failed ? undefined : fileChange(tool)
  const name = change?.verb ?? oneLine(tool.name, 60)
  const counts = change?.counts ? ` ${change.counts}` : ''
  const room = width - name.length - counts.length - seconds.length - 4
  const context = truncate(visibleLine(change?.path ?? tool.context), Math.max(0, room))
  const gap = change ? ' ' : '  '
  const head = `${mark} ${style.bold(name)}${context ? gap + context : ''}${paintCounts(counts, style)}${style.dim(seconds)}`
  const note = tool.status === 'complete' ? undefined : (denialNote(tool) ?? stateNotes[tool.status])
  if (note !== undefined) return [head, style.yellow(truncate(`  ${note}`, width))]
  const preview = previewRows(tool, Math.max(10, width - 4), style)
  return [head, ...preview.map((row, index) => `${style.dim(index === 0 ? '  ⎿ ' : '    ')}${row}`)]
}

const stateNotes: Readonly<Record<Exclude<ToolRecord['status'], 'complete'>, string>> = {
  unknown: 'outcome unknown: the gateway died while it ran',
  asked: 'not run: its question was still open',
  'not-started': 'not run',
  denied: 'not allowed',
}

/** Who said no, and what the person said to do instead. */
function denialNote({status, name, result}: ToolRecord): string | undefined {
  const error = field(result, 'error')
  if (status !== 'denied' || typeof error !== 'string') return undefined
  return visibleLine(error.startsWith(`${name}: `) ? error.slice(name.length + 2) : error)
}

/** A change to a file, in words instead of as its result is stored: `Edited demo.ts +3 −2`. */
function fileChange(tool: ToolRecord): {verb: string; path: string; counts: string | undefined} | undefined {
  const path = field(tool.result, 'path')
  const created = field(tool.result, 'created')
  const added = field(tool.result, 'added')
  const removed = field(tool.result, 'removed') ?? 0
  const told = typeof added === 'number' && typeof removed === 'number' ? `+${added} −${removed}` : undefined
  if (typeof path !== 'string' || !(typeof created === 'boolean' || tool.diff)) return undefined
  const countable = tool.diff !== undefined && tool.diff.length <= COUNTED_CHARACTERS
  const counts = told ?? (countable ? diffCounts(diffLines(stripSgr(tool.diff ?? ''))) : undefined)
  return {verb: created === true ? 'Created' : 'Edited', path, counts}
}

function paintCounts(counts: string, style: Style): string {
  return counts.replace(/\+\d+/, (added) => style.green(added)).replace(/−\d+/, (removed) => style.red(removed))
}

/** A gateway may colour its diffs; what comes without colours gets ours. Hidden characters are marked as in the question. */
function diffRows(diff: string, width: number, style: Style): string[] {
  const head = headOf(withoutEnd(diff, '\n'), DIFF_ROWS, PREVIEW_CHARACTERS)
  const shown = head.lines.join('\n')
  const rows = isColoured(shown)
    ? (style.color ? sanitizeAnsi(shown) : sanitize(shown))
        .split('\n')
        .map((line) => (textWidth(stripSgr(line)) <= width ? [line] : wrapText(stripSgr(line), width, {hard: true})))
    : diffLines(shown).map(({kind, text}) =>
        wrapSpans([{text: shownText(text), paint: diffPaint(kind, style)}], width, {hard: true}),
      )
  return head.more > 0 ? [...rows.flat(), style.dim(`… ${head.more} more lines`)] : rows.flat()
}

function isColoured(text: string): boolean {
  return stripSgr(text) !== text
}

function shownText(text: string): string {
  return visible(withoutEnd(text, ' \r'), {crlf: true})
    .parts.map((part) => (part.kind === 'space' ? part.text.replaceAll(MARK.tab, ' ') : part.text))
    .join('')
}

function previewRows(tool: ToolRecord, width: number, style: Style): string[] {
  if (tool.diff) return diffRows(tool.diff, width, style)
  const failed = failure(tool.result)
  if (failed !== undefined) return [style.red(truncate(oneLine(failed, 2000), width))]
  if (fileChange(tool)) return []
  const text = (tool.summary ?? resultText(tool.result)).trim()
  const {lines, more} = headOf(text, PREVIEW_ROWS, PREVIEW_CHARACTERS, sanitize)
  if (lines.length === 1 && lines[0]?.trim() === '') return []
  const rows = lines.map((line) => style.dim(truncate(line.replace(/\t/g, '    '), width)))
  return more > 0 ? [...rows, style.dim(`… ${more} more lines`)] : rows
}

/** The reference has no error flag: a failure is inside the result. */
function failure(result: unknown): string | undefined {
  const error = field(result, 'error')
  if (typeof error === 'string' && error !== '') return error
  const code = field(result, 'exit_code')
  if (typeof code === 'number' && code !== 0) return `exit code ${code}: ${resultText(result)}`
  return undefined
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function resultText(result: unknown): string {
  if (result === undefined || result === null) return ''
  if (typeof result === 'string') return result
  const todos = field(result, 'todos')
  if (Array.isArray(todos)) return todos.map(todoLine).join('\n')
  for (const name of ['output', 'stdout', 'content', 'text', 'message', 'answer', 'user_response', 'result']) {
    const value = field(result, name)
    if (typeof value === 'string' && value.trim() !== '') return value
  }
  return briefJson(result, PREVIEW_CHARACTERS)
}

function todoLine(todo: unknown): string {
  const status = field(todo, 'status')
  const content = field(todo, 'content')
  const mark =
    status === 'completed' ? '[x]' : status === 'in_progress' ? '[>]' : status === 'cancelled' ? '[-]' : '[ ]'
  return `${mark} ${typeof content === 'string' ? content : ''}`
}
