import type {Paint, Style} from '../style.js'
import type {Span} from '../wrap.js'
import {decodeEntities} from './entities.js'

/** What a tag does to the text: it is not shown itself. */
type Tag = {kind: 'open'; name: string; paint: Paint} | {kind: 'close'; name: string} | {kind: 'text'; text: string}

/** Tags without a look of their own. */
const silent = new Set('a abbr cite data font label picture q small source span sub sup time video wbr'.split(' '))

/** What they hold stands in rows of its own. */
const blocks = new Set(
  'article aside body center dd details div dl dt footer h1 h2 h3 h4 h5 h6 header html li main nav ol p section summary ul'.split(
    ' ',
  ),
)

/** What stands before what a tag holds. */
const leads: Readonly<Record<string, string>> = {summary: '▸ ', li: '• ', sup: '^'}

const attribute = (tag: string, name: string) => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag)
  return found && decodeEntities(found[1] ?? found[2] ?? found[3] ?? '')
}

/** `tag`: from its `<` to its `>`, or a comment. Undefined for a tag that means something else, as in `Array<T>`. */
function tagOf(tag: string, style: Style): Tag | undefined {
  if (/^<(?:!--|!|\?)/.test(tag)) return {kind: 'text', text: ''}
  const [, slash, raw = ''] = /^<(\/?)([a-z][a-z0-9-]*)(?=[\s/>])/i.exec(tag) ?? []
  const name = raw.toLowerCase()
  const paint = painted(name, style)
  if (slash) return paint || silent.has(name) || blocks.has(name) ? {kind: 'close', name} : undefined
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
  if (paint) return {kind: 'open', name, paint}
  return silent.has(name) || blocks.has(name) ? {kind: 'open', name, paint: (text) => text} : undefined
}

/** The address behind the text of a link, where it closes: a label can say anything. */
function addressOf(tag: string): string | undefined {
  return /^<a\s/i.test(tag) ? (attribute(tag, 'href') ?? undefined) : undefined
}

/** A row ends here, unless it does so by itself. */
const ROW_END: Span = {text: '\n'}
/** Here was something that is not shown: of the blanks around it one is enough. */
const GONE: Span = {text: ''}

/** The tags that are open at a place of a text. */
export class OpenTags {
  readonly #style: Style
  readonly #open: {name: string; paint: Paint; address: string | undefined}[] = []

  constructor(style: Style) {
    this.#style = style
  }

  get paints(): Paint[] {
    return this.#open.map(({paint}) => paint)
  }

  /** What stands in the place of a tag, for {@link settled}; undefined where it is not known. */
  take(raw: string): Span[] | undefined {
    const tag = tagOf(raw, this.#style)
    if (!tag) return undefined
    if (tag.kind === 'text') return tag.text === '' ? [GONE] : [painting(tag.text, this.paints)]
    const ends = blocks.has(tag.name) ? [ROW_END] : []
    if (tag.kind === 'open') {
      if (!raw.endsWith('/>')) this.#open.push({...tag, address: addressOf(raw)})
      const lead = leads[tag.name]
      return lead === undefined ? ends : [...ends, {text: lead, paint: this.#style.mark}]
    }
    const index = this.#open.findLastIndex(({name}) => name === tag.name)
    const [closed] = index === -1 ? [] : this.#open.splice(index, 1)
    return closed?.address ? [{text: ` (${closed.address})`, paint: this.#style.address}] : ends
  }
}

/** With the row ends that tags ask for, where there is none. */
export function settled(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  let before = '\n'
  let [ends, gone] = [false, false]
  for (const span of spans) {
    if (span === ROW_END) ends = true
    else if (span === GONE) gone = true
    else if (span.text !== '') {
      if (ends && !before.endsWith('\n') && !span.text.startsWith('\n')) result.push({text: '\n'})
      const text = gone && /\s$/.test(before) ? span.text.replace(/^[ \t]+/, '') : span.text
      result.push(text === span.text ? span : {...span, text})
      before = text || before
      ends = false
      gone = false
    }
  }
  return result
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

/** A comment that has no end is none: all that follows would be gone. */
const tagPattern = /<!(?=--)[\s\S]*?-->|<!--|<\/?[a-zA-Z][^<>]*>/g

/**
 * A block of HTML as text: tags that are known do their work, and where one is not known, all of it is shown as it was
 * written. Undefined then.
 */
export function htmlSpans(html: string, style: Style): Span[] | undefined {
  const spans: Span[] = []
  const tags = new OpenTags(style)
  const write = (raw: string) => spans.push(painting(decodeEntities(raw), tags.paints))
  let at = 0
  for (const found of html.matchAll(tagPattern)) {
    const [raw] = found
    write(html.slice(at, found.index))
    at = found.index + raw.length
    const instead = raw === '<!--' ? undefined : tags.take(raw)
    if (!instead) return undefined
    spans.push(...instead)
  }
  write(html.slice(at))
  return settled(spans)
}

/** A text in several paints, the last of them nearest to it. */
export function painting(text: string, paints: readonly Paint[]): Span {
  if (paints.length === 0) return {text}
  return {text, paint: (part) => paints.reduceRight((inner, paint) => paint(inner), part)}
}
