import type {Token, Tokens} from 'marked'
import {withoutEnd} from './brief.js'
import type {Lexer} from './lexer.js'
import type {Paint, Style} from './style.js'
import {type Span, stripSgr, textWidth, truncate, wrapSpans} from './wrap.js'

/** Light Markdown as rows of at most `width` columns. The text must be clean already. Throws what the lexer throws. */
export function renderMarkdown(text: string, width: number, style: Style, lexer: Lexer): string[] {
  return trimBlank(blocks(lexer(text), width, style))
}

/** No blank rows at the ends, and never two in a row: blocks and the space between them both bring some. */
function trimBlank(rows: string[]): string[] {
  const blank = (row: string | undefined) => row === undefined || stripSgr(row).trim() === ''
  const kept = rows.filter((row, index) => !blank(row) || !blank(rows[index - 1]))
  const first = kept.findIndex((row) => !blank(row))
  if (first === -1) return []
  return kept.slice(first, kept.findLastIndex((row) => !blank(row)) + 1)
}

function blocks(tokens: readonly Token[], width: number, style: Style): string[] {
  return tokens.flatMap((token) => block(token, width, style))
}

function block(token: Token, width: number, style: Style): string[] {
  switch (token.type) {
    case 'space':
      return ['']
    case 'heading': {
      const heading = token as Tokens.Heading
      const paint: Paint = (text) => style.bold(heading.depth === 1 ? style.underline(text) : text)
      return [...wrapSpans(inline(heading.tokens, style, paint), width), '']
    }
    case 'paragraph':
      return wrapSpans(inline((token as Tokens.Paragraph).tokens, style), width)
    case 'code':
      return codeRows((token as Tokens.Code).text, (token as Tokens.Code).lang, width, style)
    case 'list':
      return listRows(token as Tokens.List, width, style)
    case 'blockquote': {
      const inner = trimBlank(blocks((token as Tokens.Blockquote).tokens, Math.max(10, width - 2), style))
      return inner.map((row) => `${style.dim('│')} ${row}`)
    }
    case 'hr':
      return [style.dim('─'.repeat(Math.min(width, 24)))]
    case 'table':
      return tableRows(token as Tokens.Table, width, style)
    case 'text': {
      const {tokens, text} = token as Tokens.Text
      return wrapSpans(tokens ? inline(tokens, style) : [{text}], width)
    }
    default:
      // HTML and what a later version may bring: shown as it was written.
      return wrapSpans([{text: withoutEnd(token.raw, '\n')}], width)
  }
}

/** A code block between a head with its language and a foot; never reflowed, broken only where it must. */
export function codeRows(code: string, language: string | undefined, width: number, style: Style): string[] {
  const bar = style.dim('│ ')
  const rows = code
    .split('\n')
    .flatMap((line) => wrapSpans([{text: line, paint: style.cyan}], width, {hard: true, first: bar, rest: bar}))
  const head = style.dim(truncate(language ? `╭ ${language}` : '╭', width))
  return [head, ...rows, style.dim('╰')]
}

function listRows(list: Tokens.List, width: number, style: Style): string[] {
  const start = typeof list.start === 'number' ? list.start : 1
  return list.items.flatMap((item, index) => {
    const marker = item.task ? (item.checked ? '[x] ' : '[ ] ') : list.ordered ? `${start + index}. ` : '• '
    const indent = ' '.repeat(textWidth(marker))
    const body = item.tokens.filter((token) => token.type !== 'checkbox')
    const inner = trimBlank(blocks(body, Math.max(10, width - textWidth(marker)), style))
    const rows = inner.map((row, line) => (line === 0 ? style.dim(marker) : indent) + row)
    return list.loose && index < list.items.length - 1 ? [...rows, ''] : rows
  })
}

function tableRows(table: Tokens.Table, width: number, style: Style): string[] {
  const cells = [table.header, ...table.rows].map((row) => row.map((cell) => plain(inline(cell.tokens, style))))
  const columns = table.header.map((_, column) => Math.max(1, ...cells.map((row) => textWidth(row[column] ?? ''))))
  const gap = 2
  const fits = columns.reduce((sum, column) => sum + column + gap, -gap) <= width
  // A table wider than the screen would be torn by wrapping: each row becomes a list of its cells.
  if (!fits) {
    const names = cells[0] ?? []
    return cells
      .slice(1)
      .flatMap((row) => [
        ...row.flatMap((cell, column) =>
          wrapSpans([{text: `${names[column] ?? ''}: `, paint: style.bold}, {text: cell}], width, {rest: '  '}),
        ),
        '',
      ])
  }
  const rows = cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((columns[column] ?? 0) - textWidth(cell)))
      .join(' '.repeat(gap))
      .trimEnd(),
  )
  const rule = columns.map((column) => '─'.repeat(column)).join(' '.repeat(gap))
  return [style.bold(rows[0] ?? ''), style.dim(rule), ...rows.slice(1)]
}

function plain(spans: readonly Span[]): string {
  return spans.map((span) => span.text).join('')
}

function inline(tokens: readonly Token[], style: Style, outer?: Paint): Span[] {
  const with_ = (paint: Paint): Paint => (outer ? (text) => outer(paint(text)) : paint)
  return tokens.flatMap((token): Span[] => {
    switch (token.type) {
      case 'strong':
        return inline((token as Tokens.Strong).tokens, style, with_(style.bold))
      case 'em':
        return inline((token as Tokens.Em).tokens, style, with_(style.italic))
      case 'del':
        return inline((token as Tokens.Del).tokens, style, with_(style.dim))
      case 'codespan':
        return [span((token as Tokens.Codespan).text, with_(style.cyan))]
      case 'br':
        return [{text: '\n'}]
      case 'link': {
        const {tokens: label, href} = token as Tokens.Link
        const text = plain(inline(label, style))
        const shown = inline(label, style, with_(style.underline))
        // The address is always visible: a label can say anything.
        return text === href || `mailto:${text}` === href ? shown : [...shown, span(` (${href})`, with_(style.dim))]
      }
      case 'image': {
        const {text, href} = token as Tokens.Image
        return [span(`${text || 'image'} (${href})`, outer)]
      }
      case 'escape':
        return [span((token as Tokens.Escape).text, outer)]
      case 'text': {
        const {tokens: inner, text} = token as Tokens.Text
        return inner ? inline(inner, style, outer) : [span(text, outer)]
      }
      default:
        return [span(token.raw, outer)]
    }
  })
}

function span(text: string, paint: Paint | undefined): Span {
  return paint ? {text, paint} : {text}
}
