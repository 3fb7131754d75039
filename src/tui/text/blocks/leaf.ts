import {definitionOf, isNote, NOTE_INDENT} from './definition.js'
import {insideAfter} from './inside.js'

/** A code block between fences. */
export interface Fence {
  /** The run of backticks or tildes that opens it. */
  marker: string
  /** Blanks before it, which its lines lose too. */
  indent: number
  /** The first word behind it. */
  language: string
}

/** What a line leaves open: the block that the next one may belong to. All of it at the top of the text. */
export type Leaf =
  | {kind: 'none'}
  /** What an empty line ends. `line`: the last one of a paragraph; `table`: head and rule of a table. */
  | {kind: 'text'; line?: string; table?: string}
  /** `content`: the column of the words of its last item; `blank`: an empty line is behind it; `apart`: one is inside it. */
  | {kind: 'list'; type: string; content: number; number: number; blank: boolean; apart: boolean}
  /** What goes on behind an empty line where the next line is indented by `by` columns. */
  | {kind: 'indented'; by: number; blank: boolean}
  /** HTML up to a mark of its own, or to an empty line. */
  | {kind: 'html'; end: RegExp | undefined}
  /** `inside`: as {@link insideAfter}. */
  | {kind: 'code'; fence: Fence; inside: string}

/** Outside of all blocks. */
export const nothing: Leaf = {kind: 'none'}

const fencePattern = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})[ \t]*([^\s`]*)/
const bulletPattern = /^( {0,3})([*+-]|\d{1,9}[.)])([ \t]+|$)/
const rulePattern = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$/
const headingPattern = /^ {0,3}#{1,6}(?:[ \t]|$)/
const quotePattern = /^ {0,3}>/

const tableRule = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/

/** HTML that ends with a mark of its own, empty lines or not. */
const htmlEnds: readonly [begin: RegExp, end: RegExp][] = [
  [/^ {0,3}<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  // Of `<!-->` the end begins in its beginning.
  [/^ {0,3}<!(?=--)/, /-->/],
  [/^ {0,3}<\?/, /\?>/],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  [/^ {0,3}<![a-z]/i, />/],
]
const htmlBlock =
  /^ {0,3}<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|meta|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[\s/>]|$)/i
const htmlAlone = /^ {0,3}<\/?[a-z][\w-]*(?:\s[^<>]*)?>[ \t]*$/i

/** What the line is the beginning of, a block that ends a paragraph before it; undefined for all else. */
export function interrupts(line: string, leaf: Leaf): 'fence' | 'other' | undefined {
  if (fencePattern.test(line)) return 'fence'
  if (headingPattern.test(line) || rulePattern.test(line) || quotePattern.test(line)) return 'other'
  if (htmlBlock.test(line) || htmlEnds.some(([begin]) => begin.test(line))) return 'other'
  return bulletOf(line, leaf.kind === 'text' && leaf.line !== undefined) ? 'other' : undefined
}

export interface Bullet {
  /** Same for the items of one list. */
  type: string
  indent: number
  /** Column of its words. */
  content: number
  number: number
}

/** `inParagraph`: there a number must be 1, and something must follow. */
export function bulletOf(line: string, inParagraph: boolean): Bullet | undefined {
  const found = bulletPattern.exec(line)
  if (!found || rulePattern.test(line)) return undefined
  const [all, before = '', mark = '', blanks = ''] = found
  const number = Number.parseInt(mark, 10)
  const empty = line.length === all.length
  if (inParagraph && (empty || !(Number.isNaN(number) || number === 1))) return undefined
  const wide = blanks.replaceAll('\t', '    ').length
  const content = before.length + mark.length + (empty || wide > 4 ? 1 : wide)
  return {
    type: Number.isNaN(number) ? mark : mark.slice(-1),
    indent: before.length,
    content,
    number: Number.isNaN(number) ? 0 : number,
  }
}

export function indentOf(line: string): number {
  let columns = 0
  for (const character of line) {
    if (character === ' ') columns++
    else if (character === '\t') columns += 4 - (columns % 4)
    else break
  }
  return columns
}

export function fenceOf(line: string): Fence | undefined {
  const found = fencePattern.exec(line)
  if (!found) return undefined
  const [, before = '', marker = '', language = ''] = found
  return {marker, indent: before.length, language: language.replace(/[,{:].*$/, '')}
}

export function closesFence({marker}: Fence, line: string): boolean {
  const trimmed = line.trim()
  if (indentOf(line) > 3 || !trimmed.startsWith(marker)) return false
  for (const character of trimmed) if (character !== marker[0]) return false
  return true
}

/** The leaf behind a line that was not cut off from it. */
export function leafAfter(leaf: Leaf, line: string): Leaf {
  const blank = line.trim() === ''
  switch (leaf.kind) {
    case 'code':
      if (closesFence(leaf.fence, line)) return nothing
      return {...leaf, inside: insideAfter(line, leaf.fence.language, leaf.inside)}
    case 'html':
      return (leaf.end ? leaf.end.test(line) : blank) ? nothing : leaf
    case 'list': {
      if (blank) return leaf.blank ? leaf : {...leaf, blank: true}
      if (indentOf(line) >= leaf.content) return leaf.blank ? {...leaf, blank: false, apart: true} : leaf
      const bullet = bulletOf(line, false)
      if (bullet?.type === leaf.type) {
        return {...leaf, content: bullet.content, number: leaf.number + 1, blank: false, apart: false}
      }
      return interrupts(line, nothing) ? begun(line, nothing) : leaf
    }
    case 'indented':
      if (blank) return leaf.blank ? leaf : {...leaf, blank: true}
      if (indentOf(line) >= leaf.by) return leaf.blank ? {...leaf, blank: false} : leaf
      // The lines of a note need no blanks; those of code do.
      return leaf.by >= 4 || interrupts(line, nothing) || isNote(line) ? begun(line, nothing) : leaf
    case 'text':
      if (blank) return nothing
      if (leaf.line !== undefined && interrupts(line, leaf) === undefined) {
        const isTable = leaf.table === undefined && leaf.line.includes('|') && tableRule.test(line)
        const table = isTable ? `${leaf.line}\n${line}\n` : leaf.table
        return {kind: 'text', line, ...(table === undefined ? {} : {table})}
      }
      return begun(line, leaf)
    case 'none':
      return blank ? nothing : begun(line, nothing)
  }
}

function begun(line: string, leaf: Leaf): Leaf {
  const fence = fenceOf(line)
  if (fence) return {kind: 'code', fence, inside: ''}
  if (headingPattern.test(line) || rulePattern.test(line)) return nothing
  const html = htmlEnds.find(([begin]) => begin.test(line))
  if (html) return html[1].test(line.replace(html[0], '')) ? nothing : {kind: 'html', end: html[1]}
  const inParagraph = leaf.kind === 'text' && leaf.line !== undefined
  if (htmlBlock.test(line) || (!inParagraph && htmlAlone.test(line))) return {kind: 'html', end: undefined}
  const bullet = bulletOf(line, inParagraph)
  if (bullet) {
    const {type, content, number} = bullet
    return {kind: 'list', type, content, number, blank: false, apart: false}
  }
  if (!inParagraph && isNote(line)) return {kind: 'indented', by: NOTE_INDENT, blank: false}
  if (!inParagraph && indentOf(line) >= 4) return {kind: 'indented', by: 4, blank: false}
  if (!inParagraph && definitionOf(line)) return nothing
  return {kind: 'text', line}
}
