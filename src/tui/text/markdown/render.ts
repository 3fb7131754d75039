import type {Token, Tokens} from 'marked'
import {closesFence, type Fence, fenceOf} from '../blocks/leaf.js'
import type {Before, Piece} from '../blocks/split.js'
import {withoutEnd} from '../brief.js'
import type {Highlighter} from '../highlight/highlighter.js'
import type {Lexer, NoteToken} from '../lexer.js'
import {sanitize} from '../sanitize.js'
import type {Style} from '../style.js'
import {type Span, textWidth, wrapSpans} from '../wrap.js'
import {codeHead, codeRows} from './code.js'
import {htmlSpans} from './html.js'
import {inlineSpans} from './inline.js'
import {tableRows} from './table.js'

export interface Drawing {
  /** Columns of the screen. */
  width: number
  style: Style
  lexer: Lexer
  /** Undefined until it is loaded: code has one colour then. */
  highlighter: Highlighter | undefined
}

/** Lines of more columns are hard to read: the eye loses the next one. */
export const PROSE_COLUMNS = 100

/** Narrower than this nothing is drawn beside a mark, but below it. */
const NARROWEST = 10

/**
 * A piece of a reply as rows. They are at most as wide as the screen, but for lines of code, which the terminal breaks.
 * Throws what the lexer throws.
 */
export function pieceRows({text: raw, before}: Piece, drawing: Drawing): string[] {
  const text = drawing.style.emoji(sanitize(raw))
  const {open} = before
  if (open?.kind === 'code') return codeRowsOf(text, open, drawing)
  const whole = open?.kind === 'table' ? drawing.style.emoji(sanitize(open.head)) + text : fromFirstWord(text)
  const tokens = drawing.lexer(whole, before.links)
  const {width} = drawing
  const renderer = new Renderer(drawing, before)
  return renderer.container(tokens, {width, prose: Math.min(width, PROSE_COLUMNS), top: true})
}

/** Nothing is between this piece and the one before it: they are parts of one block. */
export function isJoined({open}: Before): boolean {
  return open?.kind === 'code' || (open?.kind === 'list' && !open.gap)
}

/** The lines of a code block that was begun before, up to its end. */
function codeRowsOf(text: string, {fence, inside}: {fence: Fence; inside: string}, drawing: Drawing): string[] {
  const lines = withoutLast(text).split('\n')
  if (closesFence(fence, lines.at(-1) ?? '')) lines.pop()
  if (lines.length === 0 || text === '') return []
  const indent = new RegExp(`^ {0,${fence.indent}}`)
  const code = fence.indent > 0 ? lines.map((line) => line.replace(indent, '')) : lines
  return codeRows(code.join('\n'), fence.language, drawing, inside)
}

/** Of line breaks at the end one belongs to the last line. */
function withoutLast(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

/** A continued reply starts with the blank that its first part lacked. Four blanks would be code. */
function fromFirstWord(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, '').replace(/^ {1,3}(?=\S)/, '')
}

interface Room {
  width: number
  /** Columns for text; code and tables have all of them. */
  prose: number
  /** Not inside of another block. */
  top: boolean
}

class Renderer {
  readonly #drawing: Drawing
  readonly #style: Style
  readonly #before: Before
  /** What the first list goes on with. */
  #number: number | undefined

  constructor(drawing: Drawing, before: Before) {
    this.#drawing = drawing
    this.#style = drawing.style
    this.#before = before
    this.#number = before.open?.kind === 'list' ? before.open.number : undefined
  }

  /** Blocks below one another, with a blank row where the source has one, and around what needs it. */
  container(tokens: readonly Token[], room: Room): string[] {
    const rows: string[] = []
    let gap = false
    let last: Token | undefined
    for (const token of tokens) {
      if (token.type === 'space') {
        gap = true
        continue
      }
      const drawn = this.#block(token, room)
      if (drawn.length === 0) continue
      if (rows.length > 0 && (gap || isApart(last, room) || isApart(token, room))) rows.push('')
      for (const row of drawn) rows.push(row)
      gap = false
      last = token
    }
    return rows
  }

  #block(token: Token, room: Room): string[] {
    const style = this.#style
    switch (token.type) {
      case 'heading': {
        const {tokens, depth} = token as Tokens.Heading
        const paint = style.heading[Math.min(6, depth) - 1] ?? style.bold
        return proseRows(inlineSpans(tokens, style, [paint]), room)
      }
      case 'paragraph':
      case 'text': {
        const {tokens, text} = token as Tokens.Paragraph
        const spans = inlineSpans(tokens ?? [{type: 'text', raw: text, text}], style)
        return spans.length === 0 ? [] : proseRows(spans, room)
      }
      case 'code':
        return this.#code(token as Tokens.Code)
      case 'list':
        return this.#list(token as Tokens.List, room)
      case 'blockquote':
        return this.#beside((token as Tokens.Blockquote).tokens, '│ ', '│ ', room)
      case 'note': {
        const {label, tokens} = token as unknown as NoteToken
        const mark = `[${label}] `
        return this.#beside(tokens, mark, ' '.repeat(Math.min(4, textWidth(mark))), room)
      }
      case 'hr':
        return [style.mark('─'.repeat(Math.min(room.prose, 24)))]
      case 'table':
        return tableRows(token as Tokens.Table, room.width, style)
      case 'def': {
        const {tag, href} = token as Tokens.Def
        // A reference that was printed before stands as it was written: here is where it leads.
        if (!this.#before.wanted.has(tag)) return []
        const lead = style.link(href)
        const paint = (text: string) => (lead ? lead(style.address(text)) : style.address(text))
        const spans = [
          {text: `[${tag}]: `, paint: style.mark},
          {text: href, paint},
        ]
        return proseRows(spans, room, '  ')
      }
      case 'html': {
        const spans = htmlSpans(token.raw, style)
        return spans ? htmlRows(proseRows(spans, room)) : proseRows([{text: withoutEnd(token.raw, '\n')}], room)
      }
      default:
        return proseRows([{text: withoutEnd(token.raw, '\n')}], room)
    }
  }

  #code({raw, text, lang}: Tokens.Code): string[] {
    const fence = fenceOf(raw.slice(0, 1000).split('\n', 1)[0] ?? '')
    const language = lang === undefined ? '' : (fence?.language ?? lang.split(/\s/, 1)[0] ?? '')
    // An open fence without a line below it is the beginning of a block.
    if (text === '' && fence && !raw.trim().includes('\n')) return [codeHead(language, this.#style)]
    return [codeHead(language, this.#style), ...codeRows(withoutLast(text), language, this.#drawing)]
  }

  #list({items, ordered, start}: Tokens.List, room: Room): string[] {
    const first = this.#number ?? (typeof start === 'number' ? start : 1)
    this.#number = undefined
    return items.flatMap((item, index) => {
      const box = item.task ? (item.checked ? '[x] ' : '[ ] ') : ''
      const mark = ordered ? `${first + index}. ${box}` : box || '• '
      const body = item.tokens.filter((token) => token.type !== 'checkbox')
      const rows = this.#beside(body, mark, ' '.repeat(textWidth(mark)), room)
      const gap = index < items.length - 1 && /\n[ \t]*\n/.test(item.raw)
      return gap ? [...rows, ''] : rows
    })
  }

  /** Blocks behind a mark in their first row, `rest` in the others. */
  #beside(tokens: readonly Token[], mark: string, rest: string, room: Room): string[] {
    const taken = Math.max(textWidth(mark), textWidth(rest))
    const paint = this.#style.mark
    if (room.width - taken < NARROWEST) {
      return [paint(mark.trimEnd()), ...this.container(tokens, {...room, top: false})]
    }
    const inner = {width: room.width - taken, prose: room.prose - taken, top: false}
    const rows = this.container(tokens, inner)
    if (rows.length === 0) return [paint(mark.trimEnd())]
    const blank = rest.trim() === ''
    return rows.map((row, index) => {
      if (index === 0) return paint(mark) + row
      if (row === '') return blank ? '' : paint(rest.trimEnd())
      return blank ? rest + row : paint(rest) + row
    })
  }
}

function proseRows(spans: readonly Span[], {prose}: Room, rest = ''): string[] {
  return wrapSpans(spans, prose, {rest, wholeAddresses: true})
}

/** What a blank row is above and below of. */
function isApart(token: Token | undefined, {top}: Room): boolean {
  return token?.type === 'heading' || (top && (token?.type === 'code' || token?.type === 'table'))
}

/** HTML of tags alone is nothing, and line breaks around them neither. */
function htmlRows(rows: readonly string[]): string[] {
  const isBlank = (row: string | undefined) => row === undefined || row.trim() === ''
  const from = rows.findIndex((row) => !isBlank(row))
  return from === -1 ? [] : rows.slice(from, rows.findLastIndex((row) => !isBlank(row)) + 1)
}
