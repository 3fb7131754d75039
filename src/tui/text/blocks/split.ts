import {sanitize} from '../sanitize.js'
import {type Definition, definitionOf, labelsIn} from './definition.js'
import {bulletOf, type Fence, indentOf, interrupts, type Leaf, leafAfter, nothing} from './leaf.js'

/** Addresses of references, by their label. */
export type Links = ReadonlyMap<string, Definition>

/** The block that a piece goes on with. */
export type Open =
  /** `inside`: the mark of the comment or string in which it begins; else empty. */
  | {kind: 'code'; fence: Fence; inside: string}
  /** A further item of a list. `number`: what it counts, in an ordered one. `gap`: an empty line is before it, or in the item before. */
  | {kind: 'list'; number: number; gap: boolean}
  /** Further rows of a table. `head`: its first two lines. */
  | {kind: 'table'; head: string}

/** What has to be known of a reply before a place, to draw what follows. */
export interface Before {
  open?: Open
  links: Links
  /** Labels in brackets that had no definition: where it comes, it is shown. */
  wanted: ReadonlySet<string>
}

/** A piece of a reply that is drawn for itself. */
export interface Piece {
  text: string
  before: Before
}

/** How far the lines of what is not finished were looked at. */
export interface Scan {
  before: Before
  /** Offset behind the last line that was looked at. */
  at: number
  leaf: Leaf
  /** A line that is not empty was found. */
  filled: boolean
  /** Of the code block that goes on: lines in this piece. */
  codeLines: number
  /** Definitions that were found. */
  links: Links
}

export interface Split {
  done: Piece[]
  rest: string
  scan: Scan
}

/** Items of a list are drawn together up to so many characters. */
const LIST_PART = 1000

/** Lines of code are coloured together up to so many, and up to so many characters. */
export const CODE_LINES = 64
export const CODE_PART = 4000

/**
 * Beyond this many characters a piece is cut wherever it is, also a line: drawing the longest takes 30 ms, and what is
 * not finished is looked at again with every frame.
 */
const LONGEST_PIECE = 32_000

/** So much of a line tells what it is. */
const LINE_START = 1000

/** So many labels are remembered that have a definition, and that have none. */
const MAX_LABELS = 500

const noLinks: Links = new Map()

/** At the start of a reply. */
export const beginning: Scan = {
  before: {links: noLinks, wanted: new Set()},
  at: 0,
  leaf: nothing,
  filled: false,
  codeLines: 0,
  links: noLinks,
}

/**
 * Cuts a growing reply into pieces that are finished and can be printed for good. The concatenation of the pieces and
 * the rest is always the text itself, and where it is cut does not depend on how it arrived: each whole line is looked
 * at once, in order. It is cut between blocks, never in one that is drawn as a whole, but for what can be drawn in
 * parts: lines of code, items of a list, and whatever is longer than {@link LONGEST_PIECE}.
 *
 * A reference is a link where its definition was written before it or in the same piece; else it stays as it was
 * written, and its definition is shown where it comes.
 */
export function splitBlocks(text: string, scan: Scan): Split {
  const splitter = new Splitter(text, scan)
  splitter.run()
  return splitter.split()
}

/** A whole text in its pieces. */
export function blocksOf(text: string): Piece[] {
  const {done, rest, scan} = splitBlocks(text, beginning)
  return rest === '' ? done : [...done, {text: rest, before: scan.before}]
}

class Splitter {
  readonly #text: string
  readonly #done: Piece[] = []
  #start = 0
  #at: number
  #before: Before
  #leaf: Leaf
  #filled: boolean
  #codeLines: number
  #links: Links

  constructor(text: string, {before, at, leaf, filled, codeLines, links}: Scan) {
    this.#text = text
    this.#before = before
    this.#at = at
    this.#leaf = leaf
    this.#filled = filled
    this.#codeLines = codeLines
    this.#links = links
  }

  run(): void {
    const text = this.#text
    for (;;) {
      const newline = text.indexOf('\n', this.#at)
      const end = newline === -1 ? text.length : newline + 1
      // What is not a whole line decides nothing, unless it is too long for a piece.
      if (newline === -1 && end - this.#start <= LONGEST_PIECE) break
      const line = text.slice(this.#at, Math.min(newline === -1 ? end : newline, this.#at + LINE_START))
      this.#cutBefore(line)
      if (end - this.#start > LONGEST_PIECE) this.#cutAnywhere(line)
      else this.#take(line, end)
    }
    // Its first character tells that this line does not go on with what was before the empty one.
    const {kind} = this.#leaf
    const waits = (kind === 'list' || kind === 'indented') && this.#leaf.blank
    if (waits && /^[^\s*+\-\d]/.test(text.slice(this.#at, this.#at + 1))) this.#cut(this.#at)
  }

  split(): Split {
    return {
      done: this.#done,
      rest: this.#start === 0 ? this.#text : this.#text.slice(this.#start),
      scan: {
        before: this.#before,
        at: this.#at - this.#start,
        leaf: this.#leaf,
        filled: this.#filled,
        codeLines: this.#codeLines,
        links: this.#links,
      },
    }
  }

  /** Ends a piece before this line, where it begins a block, or goes on with one that can be drawn in parts. */
  #cutBefore(line: string): void {
    const leaf = this.#leaf
    if (!this.#filled || line.trim() === '') return
    switch (leaf.kind) {
      case 'code':
      case 'html':
        return
      case 'list': {
        if (indentOf(line) >= leaf.content) return
        const bullet = bulletOf(line, false)
        if (bullet?.type === leaf.type) {
          const open: Open = {kind: 'list', number: leaf.number + 1, gap: leaf.blank || leaf.apart}
          if (this.#at - this.#start >= LIST_PART) this.#cut(this.#at, open)
        } else if (leaf.blank || interrupts(line, nothing)) this.#cut(this.#at)
        return
      }
      case 'indented':
        if (leaf.blank && indentOf(line) < leaf.by) this.#cut(this.#at)
        else if (interrupts(line, nothing) === 'fence' && indentOf(line) < leaf.by) this.#cut(this.#at)
        return
      default:
        if (interrupts(line, leaf) === 'fence') this.#cut(this.#at)
    }
  }

  #take(line: string, end: number): void {
    const inCode = this.#leaf.kind === 'code'
    const blank = line.trim() === ''
    // It is shown elsewhere than where it was cleaned with the text around it.
    const definition = this.#leaf.kind === 'none' ? definitionOf(sanitize(line)) : undefined
    if (definition && !this.#links.has(definition.label) && this.#links.size < MAX_LABELS) {
      this.#links = new Map(this.#links).set(definition.label, definition)
    }
    this.#leaf = leafAfter(this.#leaf, line)
    this.#at = end
    if (!blank) this.#filled = true
    if (this.#leaf.kind === 'code') {
      this.#codeLines += inCode ? 1 : 0
      if (this.#codeLines >= CODE_LINES || end - this.#start >= CODE_PART) this.#cut(end, this.#open())
    } else if (inCode || (blank && this.#filled && this.#leaf.kind === 'none')) this.#cut(end)
  }

  /** Before this line, if it is not alone too long. */
  #cutAnywhere(line: string): void {
    let end = this.#at
    if (end === this.#start) {
      end += wholeCharacters(this.#text, end, LONGEST_PIECE)
      this.#leaf = leafAfter(this.#leaf, line)
    }
    this.#at = end
    this.#cut(end, this.#open())
  }

  /** What goes on behind this place. */
  #open(): Open | undefined {
    const leaf = this.#leaf
    if (leaf.kind === 'code') return {kind: 'code', fence: leaf.fence, inside: leaf.inside}
    return leaf.kind === 'text' && leaf.table !== undefined ? {kind: 'table', head: leaf.table} : undefined
  }

  /** Ends the piece at this offset. Without `open` nothing goes on. */
  #cut(end: number, open?: Open): void {
    const text = this.#text.slice(this.#start, end)
    this.#done.push({text, before: this.#before})
    const isCode = this.#before.open?.kind === 'code'
    const links = joined(this.#before.links, this.#links)
    const wanted = isCode ? this.#before.wanted : withLabels(this.#before.wanted, text, links)
    this.#before = {links, wanted, ...(open === undefined ? {} : {open})}
    if (open === undefined) this.#leaf = nothing
    this.#links = noLinks
    this.#start = end
    this.#filled = open?.kind === 'code'
    this.#codeLines = 0
  }
}

function withLabels(wanted: ReadonlySet<string>, text: string, links: Links): ReadonlySet<string> {
  if (wanted.size >= MAX_LABELS) return wanted
  const missing = labelsIn(sanitize(text)).filter((label) => !links.has(label) && !wanted.has(label))
  return missing.length === 0 ? wanted : new Set([...wanted, ...missing].slice(0, MAX_LABELS))
}

/** The first definition of a label counts. */
function joined(known: Links, found: Links): Links {
  if (found.size === 0 || known.size >= MAX_LABELS) return known
  return new Map([...found, ...known])
}

/** So much of one delta or one stored message is shown: 1 MB are some 12 000 rows, and no model writes a tenth of it. */
const MAX_SHOWN = 1_000_000

/** As much of a text as is shown, and how many characters are not. */
export function shownPart(text: string): {shown: string; hidden: number} {
  if (text.length <= MAX_SHOWN) return {shown: text, hidden: 0}
  const shown = text.slice(0, wholeCharacters(text, 0, MAX_SHOWN))
  return {shown, hidden: text.length - shown.length}
}

/** Not between the halves of a character. */
function wholeCharacters(text: string, from: number, count: number): number {
  const last = text.charCodeAt(from + count - 1)
  return last >= 0xd800 && last <= 0xdbff ? count - 1 : count
}
