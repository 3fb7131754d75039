import type {KeyNames} from '../../keys/text.js'
import {beginning} from '../text/blocks/split.js'
import type {Highlighter} from '../text/highlight/highlighter.js'
import type {Lexer} from '../text/lexer.js'
import {isJoined, pieceRows} from '../text/markdown/render.js'
import {oneLine, sanitize} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {textWidth, truncate, wrapText} from '../text/wrap.js'
import {boundedRows} from './bounded.js'
import {spent, toolRows} from './draw-tool.js'
import type {Item} from './items.js'

export interface TranscriptOptions {
  width: number
  style: Style
  showReasoning: boolean
  /** Undefined until it is loaded: text is then shown as it was written. */
  lexer: Lexer | undefined
  /** Undefined until it is loaded: code has one colour then. */
  highlighter?: Highlighter | undefined
  /** Default as in the table. */
  key?: KeyNames | undefined
}

/** A pasted file would push everything else off the screen. */
export const USER_ROWS = 40
const COMMAND_ROWS = 5

/** A finished item as rows of the terminal; the first row is blank where it is set apart from what was before. */
export function itemRows(item: Item, previous: Item | undefined, options: TranscriptOptions): string[] {
  const rows = boundedRows(item, (bounded) => bodyRows(bounded, options), options)
  // Definitions and comments are nothing to be seen.
  if (rows.length === 0) return []
  const joined =
    item.kind === 'interrupted' ||
    (item.kind === 'notice' && closeTo.has(previous?.kind)) ||
    (item.kind === 'output' && previous?.kind === 'command') ||
    (item.kind === 'assistant' && isJoined(item.before ?? beginning.before)) ||
    (isOneLine(item) && previous !== undefined && isOneLine(previous))
  return joined ? rows : ['', ...rows]
}

/** Calls of which there is no more than a line stand together. */
function isOneLine(item: Item): boolean {
  if (item.kind !== 'tool' || item.tool.note !== undefined) return false
  const {body} = item.tool.line
  return body === undefined ? item.tool.line.cut === 0 : body.kind === 'text' && body.shows === 'nothing'
}

/** Kinds after which a notice needs no blank row. */
const closeTo: ReadonlySet<Item['kind'] | undefined> = new Set(['notice', 'command', 'interrupted', undefined])

function bodyRows(item: Item, options: TranscriptOptions): string[] {
  const {width, style} = options
  switch (item.kind) {
    case 'user': {
      const rows = wrapText(sanitize(item.folded ?? item.text), width, {first: item.steers ? '↳ ' : '› ', rest: '  '})
      const more = rows.length - USER_ROWS
      const shown = style.prompt(rows.slice(0, more > 0 ? USER_ROWS : undefined), width)
      return [...shown, ...(more > 0 ? [style.dim(`  … ${more} more lines, sent in full`)] : [])]
    }
    case 'command':
      return wrapText(sanitize(item.text), width, {first: '› ', rest: '  '}).slice(0, COMMAND_ROWS).map(style.dim)
    case 'assistant':
      return assistantRows(item, options)
    case 'reasoning':
      return reasoningRows(item, options)
    case 'tool':
      return toolRows(item.tool, width, style, options.key)
    case 'interrupted':
      return [style.warning('[interrupted]')]
    case 'undone':
      return undoneRows(item, width).map(style.warning)
    case 'notice': {
      const [mark, paint] = {
        info: ['·', style.dim] as const,
        good: ['✔', style.good] as const,
        warn: ['!', style.warning] as const,
        error: ['✖', style.error] as const,
      }[item.tone]
      return wrapText(sanitize(item.text), width, {first: `${mark} `, rest: '  '}).map(paint)
    }
    case 'output':
      return sanitize(item.text)
        .split('\n')
        .flatMap((line) => outputRows(line, width))
  }
}

/** Says of what stands above that it is taken back: what was printed can't be changed any more. */
function undoneRows({text, removed}: Extract<Item, {kind: 'undone'}>, width: number): string[] {
  const prompt = oneLine(text, 200)
  const what = prompt === '' ? 'the last exchange' : `“${prompt}” and what came of it`
  const count = removed === 1 ? '1 message' : `${removed} messages`
  return wrapText(`taken back: ${what} · ${count} · the model does not see them any more`, width, {
    first: '↶ ',
    rest: '  ',
  })
}

/** A label, and what follows it in a column of its own. */
const labelled = /^(\S.{0,30}?) {2,}(?=\S)/

/** A line of a command's output. What stands in two columns hangs in the second, or gives it up where it is narrow. */
function outputRows(line: string, width: number): string[] {
  const [head, label] = labelled.exec(line) ?? []
  if (head === undefined || label === undefined) return wrapText(line, width, {rest: '  '})
  const column = textWidth(head)
  if (column * 3 <= width) return wrapText(line, width, {rest: ' '.repeat(column)})
  return wrapText(`${label}  ${line.slice(head.length)}`, width, {rest: '    '})
}

function assistantRows(
  {text, before = beginning.before}: Extract<Item, {kind: 'assistant'}>,
  {width, style, lexer, highlighter}: TranscriptOptions,
): string[] {
  if (!lexer) return wrapText(sanitize(text).trim(), width)
  return pieceRows({text, before}, {width, style, lexer, highlighter})
}

function reasoningRows(
  {text, seconds}: Extract<Item, {kind: 'reasoning'}>,
  {width, style, showReasoning}: TranscriptOptions,
): string[] {
  if (!showReasoning) return [style.dim(truncate(thoughtLine(seconds), width))]
  return wrapText(sanitize(text).trim(), width, {first: '✻ ', rest: '  '}).map((row) => style.dim(row))
}

/** `✻ thought for 12 s`; the time of what comes from a stored transcript is not known. */
export function thoughtLine(seconds: number | undefined): string {
  if (seconds === undefined) return '✻ thought'
  return `✻ thought ${seconds < 1 ? 'for a moment' : `for ${spent(Math.round(seconds))}`}`
}
