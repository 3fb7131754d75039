import type {Paint, Style} from '../style.js'
import type {Span} from '../wrap.js'
import {decodeEntities} from './entities.js'

/** What a tag does to the text: it is not shown itself. Undefined for a tag that means something else, as in `Array<T>`. */
export type Tag =
  | {kind: 'open'; name: string; paint: Paint}
  | {kind: 'close'; name: string}
  | {kind: 'text'; text: string}

/** Tags without a look of their own. */
const silent = new Set(
  'a abbr article aside body center cite data details div font footer header html label main nav p picture q section small source span sub sup time video wbr'.split(
    ' ',
  ),
)

const attribute = (tag: string, name: string) => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag)
  return found && decodeEntities(found[1] ?? found[2] ?? found[3] ?? '')
}

/** `tag`: from its `<` to its `>`, or a comment. */
export function tagOf(tag: string, style: Style): Tag | undefined {
  if (/^<(?:!--|!|\?)/.test(tag)) return {kind: 'text', text: ''}
  const [, slash, raw = ''] = /^<(\/?)([a-z][a-z0-9-]*)(?=[\s/>])/i.exec(tag) ?? []
  const name = raw.toLowerCase()
  if (slash) return silent.has(name) || name === 'summary' || painted(name, style) ? {kind: 'close', name} : undefined
  if (name === 'br') return {kind: 'text', text: '\n'}
  if (name === 'hr') return {kind: 'text', text: '\n────────\n'}
  if (name === 'img') {
    const [alt, src] = [attribute(tag, 'alt') || 'image', attribute(tag, 'src')]
    return {kind: 'text', text: src ? `${alt} (${src})` : alt}
  }
  if (name === 'a') {
    const href = attribute(tag, 'href')
    const lead = href === null || href === undefined ? undefined : style.link(href)
    return {kind: 'open', name, paint: (text) => (lead ? lead(style.label(text)) : style.label(text))}
  }
  const paint = painted(name, style)
  if (paint) return {kind: 'open', name, paint}
  return silent.has(name) ? {kind: 'open', name, paint: (text) => text} : undefined
}

/** The address behind the text of a link, where it closes: a label can say anything. */
export function addressOf(tag: string): string | undefined {
  return /^<a\s/i.test(tag) ? (attribute(tag, 'href') ?? undefined) : undefined
}

function painted(name: string, style: Style): Paint | undefined {
  switch (name) {
    case 'b':
    case 'strong':
    case 'summary':
    case 'dt':
    case 'th':
      return style.bold
    case 'h1':
    case 'h2':
    case 'h3':
    case 'h4':
    case 'h5':
    case 'h6':
      return style.heading[Number(name[1]) - 1]
    case 'i':
    case 'em':
    case 'var':
      return style.italic
    case 'u':
    case 'ins':
      return style.underline
    case 's':
    case 'del':
    case 'strike':
      return style.dim
    case 'code':
    case 'kbd':
    case 'samp':
    case 'tt':
      return style.code.span
    case 'mark':
      return style.inverse
    default:
      return undefined
  }
}

const tagPattern = /<!--[\s\S]*?(?:-->|$)|<\/?[a-zA-Z][^<>]*>/g

/**
 * A block of HTML as text: tags that are known do their work, and where one is not known, all of it is shown as it was
 * written. Undefined then.
 */
export function htmlSpans(html: string, style: Style): Span[] | undefined {
  const spans: Span[] = []
  const open: {name: string; paint: Paint; address: string | undefined}[] = []
  const write = (raw: string) => {
    const text = decodeEntities(raw)
    const paints = open.map(({paint}) => paint)
    if (text !== '') spans.push(paints.length > 0 ? {text, paint: (part) => composed(paints, part)} : {text})
  }
  let at = 0
  for (const found of html.matchAll(tagPattern)) {
    write(html.slice(at, found.index))
    at = found.index + found[0].length
    const tag = tagOf(found[0], style)
    if (!tag) return undefined
    if (tag.kind === 'text') spans.push({text: tag.text})
    else if (tag.kind === 'close') {
      const index = open.findLastIndex(({name}) => name === tag.name)
      const [closed] = index === -1 ? [] : open.splice(index, 1)
      if (closed?.address) spans.push({text: ` (${closed.address})`, paint: style.address})
    } else {
      if (tag.name === 'summary') spans.push({text: '▸ ', paint: style.mark})
      if (!/\/>$/.test(found[0])) open.push({...tag, address: addressOf(found[0])})
    }
  }
  write(html.slice(at))
  return spans
}

export function composed(paints: readonly Paint[], text: string): string {
  return paints.reduceRight((inner, paint) => paint(inner), text)
}
