import {beginning} from '../text/blocks/split.js'
import type {Lexer} from '../text/lexer.js'
import {isJoined} from '../text/markdown/render.js'
import {oneLine, sanitize} from '../text/sanitize.js'
import {stripSgr} from '../text/wrap.js'
import {itemRows, thoughtLine} from '../transcript/draw-item.js'
import {toolHead, toolRows} from '../transcript/draw-tool.js'
import type {Item} from '../transcript/items.js'
import {printable} from '../transcript/printable.js'
import {here, plainStyle} from './words.js'

export interface ItemLineOptions {
  width: number
  showReasoning: boolean
  /** Undefined until it is loaded: text is then told as it was written. */
  lexer: Lexer | undefined
}

/** A finished item as lines that are understood when they are heard: words in place of signs, nothing to be looked at. */
export function itemLines(item: Item, previous: Item | undefined, options: ItemLineOptions): string[] {
  return linesOf(item, previous, options).map((line) => printable(stripSgr(line)))
}

/** In the place of a key. */
const FULL = '/full shows it'

/** Before a reply. */
const REPLY = 'hermes: '

const tones = {info: '', good: '', warn: 'warning: ', error: 'error: '} as const

function linesOf(item: Item, previous: Item | undefined, options: ItemLineOptions): string[] {
  switch (item.kind) {
    case 'user':
      return labelled(item.steers ? 'you, to the reply: ' : 'you: ', sanitize(item.folded ?? item.text).split('\n'))
    case 'command':
      return []
    case 'assistant':
      return replyLines(item, options)
    case 'reasoning':
      if (!options.showReasoning) return [thoughtLine(item.seconds).replace('✻ ', '')]
      return labelled('thought: ', sanitize(item.text).trim().split('\n'))
    case 'tool':
      return toolLines(item, options)
    case 'interrupted':
      return ['interrupted']
    case 'notice':
      return labelled(tones[item.tone], here(sanitize(item.text)).split('\n'))
    case 'undone':
      return itemRows(item, previous, {...options, style: plainStyle}).map((row) => row.replace(/^ *↶ /, ''))
    case 'output':
      return itemRows(item, previous, {...options, style: plainStyle}).filter((row, at) => at > 0 || row !== '')
  }
}

function replyLines(item: Extract<Item, {kind: 'assistant'}>, {width, lexer}: ItemLineOptions): string[] {
  const room = item.first ? width - REPLY.length : width
  const rows = itemRows(item, undefined, {width: room, lexer, style: plainStyle, showReasoning: true})
  const joined = isJoined(item.before ?? beginning.before)
  const body = rows[0] === '' ? rows.slice(1) : rows
  if (body.length === 0) return []
  if (item.first) return labelled(REPLY, body)
  return joined ? body : ['', ...body]
}

function toolLines({tool}: Extract<Item, {kind: 'tool'}>, {width}: ItemLineOptions): string[] {
  const {line, status, note, seconds} = tool
  const notRun = status === 'asked' || status === 'not-started'
  const label = notRun ? 'tool, not run: ' : line.failed ? 'tool, failed: ' : 'tool: '
  const head = label + stripSgr(toolHead(line, Math.max(20, width - label.length), plainStyle, seconds))
  if (note !== undefined) return [head, `  ${oneLine(note)}`]
  const [, ...below] = toolRows(tool, width, plainStyle, () => FULL)
  return [head, ...below.map((row) => row.replace(/^ {2}⎿ /, '    ').replace(new RegExp(` · ${FULL}$`), `; ${FULL}`))]
}

/** A label before the first line, where that is one of words; else on a line of its own. */
function labelled(label: string, [first = '', ...rest]: readonly string[]): string[] {
  if (label === '' || /^[\p{L}\p{N}"'“(]/u.test(first)) return [label + first, ...rest]
  return [label.trimEnd(), first, ...rest]
}
