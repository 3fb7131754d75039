import type {MarkedOptions, Token, Tokens} from 'marked'
import {loadKept} from '../../memory/late-optimising.js'
import {definitionOf} from './blocks/definition.js'
import {firstLine, type Note, noteOf} from './blocks/note.js'
import type {Links} from './blocks/split.js'

/**
 * Cuts Markdown into tokens, among them {@link NoteToken}; throws {@link TooMuch} for a text that would take too long or
 * nests too deeply. `links`: what is defined before the text; default nothing.
 */
export type Lexer = (text: string, links?: Links) => Token[]

/** What a footnote says. */
export interface NoteToken extends Note {
  type: 'note'
  tokens: Token[]
}

/** Why a text is not drawn as Markdown: the rest of a line that says so. */
export class TooMuch extends Error {}

/** Containers and spans in one another; of 480 documents the deepest nests 6 levels. */
const MAX_DEPTH = 32

/**
 * Characters that the expressions of the library may look at. A step is 20 ns at the worst, so this is 20 ms. Of 480
 * documents none takes more than 40 a character, and a reply is drawn in pieces of some 2 to 16 KB.
 */
const MAX_STEPS = 1_000_000

/** What one block costs beside its characters: a dozen expressions are tried on it. */
const BLOCK_STEPS = 300
const TOKEN_STEPS = 50
const CELL_STEPS = 100

/** `marked` costs 15 ms, so it is loaded when the first reply begins and not before the first frame. */
export async function loadLexer(): Promise<Lexer> {
  const marked = await loadKept(() => import('./grammar/marked.js'))
  return boundedLexer(marked)
}

/** How often the rest of a text may be read for what begins with it: emphasis, a link, code, HTML. */
const tokenFactors: Readonly<Record<string, number>> = {'*': 5, _: 5, '~': 5, '[': 5, '!': 3, '`': 3, '<': 3}

/**
 * The library takes quadratic and cubic time for texts that repeat themselves: 5 KB of `*a ` needed 4 s, 100 KB of
 * `a.` with an `@` behind them 24 s, and 1000 levels of lists end in a RangeError. So each of its steps is counted at
 * what it may cost, before it is made: for an expression of its inline grammar all the rest of the text.
 */
function boundedLexer({Lexer, Tokenizer}: typeof import('./grammar/marked.js')): Lexer {
  let steps = 0
  let depth = 0

  function spend(count: number): void {
    steps += count
    if (steps > MAX_STEPS) throw new TooMuch('its Markdown takes too long')
  }

  function nested<T>(act: () => T): T {
    if (depth >= MAX_DEPTH) throw new TooMuch('nested too deeply')
    depth++
    try {
      return act()
    } finally {
      depth--
    }
  }

  class CountingTokenizer extends Tokenizer {
    /** The first that is tried on each block. */
    override space(src: string) {
      spend(BLOCK_STEPS)
      return super.space(src)
    }

    /** Definitions of one line only: what is printed can't wait for the end of a title. */
    override def(src: string): Tokens.Def | undefined {
      const raw = firstLine(src)
      const found = definitionOf(raw)
      return found && {type: 'def', raw, tag: found.label, href: found.href, title: found.title ?? ''}
    }

    override list(src: string) {
      spend(stepsOfList(src))
      return super.list(src)
    }

    override table(src: string) {
      spend(CELL_STEPS * cellsOfTable(src))
      return super.table(src)
    }

    /**
     * The first that is tried on each inline token. The others are not to be replaced: the library looks whether they
     * are its own, and prepares more for those that are not.
     */
    override escape(src: string) {
      spend(src.length * (tokenFactors[src[0] ?? ''] ?? 1) + TOKEN_STEPS)
      return super.escape(src)
    }

    override url(src: string): Tokens.Link | undefined {
      if (/^(?:https?:\/\/|ftp:\/\/|www\.)/i.test(src)) {
        const end = src.search(/[\s<]/)
        spend(4 * (end === -1 ? src.length : end) ** 2)
      }
      return super.url(src)
    }
  }

  class CountingLexer extends Lexer {
    override blockTokens(src: string, tokens?: Token[], lastParagraphClipped?: boolean) {
      spend(4 * src.length)
      return nested(() => super.blockTokens(src, tokens, lastParagraphClipped)) as Token[] & {links: never}
    }

    override inlineTokens(src: string, tokens?: Token[]) {
      spend(src.length + maskSteps(src))
      return nested(() => super.inlineTokens(src, tokens))
    }
  }

  function note(this: {lexer: {blockTokens(src: string, tokens: Token[]): Token[]}}, src: string) {
    const found = noteOf(src)
    if (!found) return undefined
    spend(20 * found.raw.length)
    return {type: 'note', ...found, tokens: this.lexer.blockTokens(found.text, [])} satisfies NoteToken
  }

  const extensions = {block: [note], renderers: {}, childTokens: {}} as MarkedOptions['extensions']

  return (text, links) => {
    steps = 0
    depth = 0
    spend(8 * rulesOfTables(text))
    try {
      const lexer = new CountingLexer({gfm: true, tokenizer: new CountingTokenizer(), extensions})
      for (const [label, {href, title}] of links ?? []) lexer.tokens.links[label] = {href, title}
      return lexer.lex(text)
    } catch (error) {
      if (error instanceof RangeError) throw new TooMuch('nested too deeply')
      throw error
    }
  }
}

/** How far the library looks from a bracket for its counterpart. */
const MASK_REACH = 2000

/** Where there is emphasis, all links, code and HTML are looked for and masked beforehand. */
function maskSteps(src: string): number {
  if (!/[*_~]/.test(src)) return 0
  const begins = src.match(/[[`<]/g)?.length ?? 0
  return src.length + begins * Math.min(src.length, MASK_REACH)
}

const bullet = /^ {0,3}(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$)/

/** The library builds each item line by line, and reads all of it for each. */
function stepsOfList(src: string): number {
  if (!bullet.test(firstLine(src))) return 0
  let steps = 0
  let lines = 0
  let afterBlank = false
  for (let at = 0; at < src.length; ) {
    const end = src.indexOf('\n', at)
    const line = end === -1 ? src.slice(at) : src.slice(at, end)
    at += line.length + 1
    if (bullet.test(line)) {
      steps += BLOCK_STEPS + 20 * lines ** 2
      lines = 0
    } else if (afterBlank && /^\S/.test(line)) break
    lines++
    afterBlank = line.trim() === ''
  }
  return steps + 20 * lines ** 2
}

const tableRule = /^[ >]*[|:-][ |:-]*$/

/** A table has as many cells as its head has columns in each of its rows, however short they are. */
function cellsOfTable(src: string): number {
  const head = firstLine(src)
  const rule = firstLine(src.slice(head.length + 1))
  if (!tableRule.test(rule)) return 0
  const end = src.search(/\n[ \t]*\n/)
  return rule.split('|').length * (end === -1 ? src : src.slice(0, end)).split('\n').length
}

/**
 * At each line of a paragraph that could be the rule of a table the library tries the whole rest of the paragraph as
 * that table: the sum of rules times characters of each paragraph.
 */
function rulesOfTables(text: string): number {
  let sum = 0
  let rules = 0
  let start = 0
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const line = end === -1 ? text.slice(at) : text.slice(at, end)
    if (line.trim() === '') {
      // A table has one rule, and it costs nothing to speak of.
      if (rules > 1) sum += rules * (at - start)
      rules = 0
      start = at
    } else if (tableRule.test(line)) rules++
    at += line.length + 1
  }
  return rules > 1 ? sum + rules * (text.length - start) : sum
}
