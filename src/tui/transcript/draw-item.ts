import type {Lexer} from '../text/lexer.js'
import {codeRows, renderMarkdown} from '../text/markdown.js'
import {sanitize} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {truncate, wrapText} from '../text/wrap.js'
import {boundedRows} from './bounded.js'
import {spent, toolRows} from './draw-tool.js'
import type {Item} from './items.js'

export interface TranscriptOptions {
  width: number
  style: Style
  showReasoning: boolean
  /** Undefined until it is loaded: text is then shown as it was written. */
  lexer: Lexer | undefined
}

/** A pasted file would push everything else off the screen. */
const USER_ROWS = 40

/** A finished item as rows of the terminal; the first row is blank where it is set apart from what was before. */
export function itemRows(item: Item, previous: Item | undefined, options: TranscriptOptions): string[] {
  const rows = boundedRows(item, (bounded) => bodyRows(bounded, options), options)
  const joined =
    item.kind === 'interrupted' ||
    (item.kind === 'notice' && closeTo.has(previous?.kind)) ||
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
      return reasoningRows(item, options)
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

function assistantRows(item: Extract<Item, {kind: 'assistant'}>, options: TranscriptOptions): string[] {
  const {width, style, lexer} = options
  const text = sanitize(item.text)
  if (!lexer) return wrapText(text.trim(), width)
  if (item.fence === undefined) return renderMarkdown(fromFirstWord(text), width, style, lexer)
  // The part of a code block that was cut off from its opening line.
  const {code, after} = restOfFence(text, item.fence)
  const rows = codeRows(code, `${item.fence.replace(/^[`~]+/, '')}…`, width, style)
  return after.trim() === '' ? rows : [...rows, '', ...renderMarkdown(after, width, style, lexer)]
}

/** A continued reply starts with the blank that its first part lacked. Four blanks would be code. */
function fromFirstWord(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, '').replace(/^ {1,3}(?=\S)/, '')
}

function restOfFence(text: string, fence: string): {code: string; after: string} {
  const lines = text.split('\n')
  const marker = /^(`+|~+)/.exec(fence)?.[0] ?? '```'
  const end = lines.findIndex((line) => line.trim().startsWith(marker) && /^(`+|~+)$/.test(line.trim()))
  if (end === -1) return {code: text.replace(/\n$/, ''), after: ''}
  return {code: lines.slice(0, end).join('\n'), after: lines.slice(end + 1).join('\n')}
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
