import type {Token, Tokens} from 'marked'
import type {Paint, Style} from '../style.js'
import type {Span} from '../wrap.js'
import {decodeEntities} from './entities.js'
import {OpenTags, painting, settled} from './html.js'

/** Text with its styles; line breaks that mean nothing are blanks. */
export function inlineSpans(tokens: readonly Token[], style: Style, outer: readonly Paint[] = []): Span[] {
  const spans: Span[] = []
  const tags = new OpenTags(style)
  for (const token of tokens) {
    const paints = [...outer, ...tags.paints]
    if (token.type === 'html') spans.push(...(tags.take(token.raw) ?? [painting(token.raw, paints)]))
    else spans.push(...tokenSpans(token, style, paints))
  }
  return settled(spans)
}

export function plainText(spans: readonly Span[]): string {
  return spans.map((span) => span.text).join('')
}

function tokenSpans(token: Token, style: Style, paints: readonly Paint[]): Span[] {
  const within = (paint: Paint) => [...paints, paint]
  switch (token.type) {
    case 'strong':
      return inlineSpans((token as Tokens.Strong).tokens, style, within(style.bold))
    case 'em':
      return inlineSpans((token as Tokens.Em).tokens, style, within(style.italic))
    case 'del':
      return inlineSpans((token as Tokens.Del).tokens, style, within(style.dim))
    case 'codespan':
      return [painting((token as Tokens.Codespan).text, within(style.code.span))]
    case 'br':
      return [{text: '\n'}]
    case 'checkbox':
      return []
    case 'link':
      return linkSpans(token as Tokens.Link, style, paints)
    case 'image': {
      const {text, href} = token as Tokens.Image
      const address = decodeEntities(href)
      return [painting(`${decodeEntities(joinLines(text)) || 'image'} (${address})`, paints)]
    }
    case 'escape':
      return [painting((token as Tokens.Escape).text, paints)]
    case 'text': {
      // Not its `text`: there the library has put what numbers stand for, controls and what turns the direction too.
      const {tokens, raw} = token as Tokens.Text
      return tokens ? inlineSpans(tokens, style, paints) : textSpans(raw, style, paints)
    }
    default:
      return [painting(token.raw, paints)]
  }
}

function linkSpans({tokens, href}: Tokens.Link, style: Style, paints: readonly Paint[]): Span[] {
  const address = decodeEntities(href)
  const lead = style.link(address)
  const around = lead ? [...paints, lead] : paints
  const label = inlineSpans(tokens, style, [...around, style.label])
  const text = plainText(label)
  // The address is always visible: a label can say anything.
  if (address === '' || text === address || `mailto:${text}` === address || `http://${text}` === address) return label
  return [...label, painting(` (${address})`, [...around, style.address])]
}

const wide = /[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]/

/** A line break between characters that need no blanks between words is nothing, else a blank. */
function joinLines(text: string): string {
  if (!text.includes('\n')) return text
  return text.replace(/[ \t]*\n[ \t]*/g, (found: string, at: number) => {
    const [before, after] = [text[at - 1] ?? '', text[at + found.length] ?? '']
    return wide.test(before) && wide.test(after) ? '' : ' '
  })
}

function textSpans(raw: string, style: Style, paints: readonly Paint[]): Span[] {
  const text = decodeEntities(joinLines(raw))
  if (!text.includes('[^')) return [painting(text, paints)]
  // Every second part is the label of a footnote.
  return text
    .split(/\[\^([^\s\]]{1,40})\]/)
    .map((part, index) => (index % 2 === 0 ? painting(part, paints) : painting(`[${part}]`, [...paints, style.mark])))
    .filter((part) => part.text !== '')
}
