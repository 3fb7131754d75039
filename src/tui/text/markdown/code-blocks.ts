import type {Token, Tokens} from 'marked'
import {closesFence, fenceOf} from '../blocks/leaf.js'
import {blocksOf} from '../blocks/split.js'
import {type Lexer, TooMuch} from '../lexer.js'
import {expandTabs, textWidth} from '../width.js'

/** The code blocks of a reply, in order, those in lists and quotes too; each as it was written, without its fences. */
export function codeBlocksOf(text: string, lexer: Lexer): string[] {
  const found: string[] = []
  const pieces = blocksOf(text)
  for (let index = 0; index < pieces.length; ) {
    let piece = pieces[index]?.text ?? ''
    let parts = 1
    for (; pieces[index + parts]?.before.open?.kind === 'code'; parts++) piece += pieces[index + parts]?.text ?? ''
    index += parts
    // A block of several pieces may be longer than the lexer takes.
    if (parts > 1) found.push(longBlock(piece))
    else found.push(...shortBlocks(piece, lexer))
  }
  return found
}

function longBlock(piece: string): string {
  const lines = piece
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .replace(/\n$/, '')
    .split('\n')
  const fence = fenceOf(lines.shift() ?? '')
  if (!fence) return lines.join('\n')
  if (closesFence(fence, lines.at(-1) ?? '')) lines.pop()
  const indent = new RegExp(`^ {0,${fence.indent}}`)
  return lines.map((line) => line.replace(indent, '')).join('\n')
}

function shortBlocks(piece: string, lexer: Lexer): string[] {
  try {
    return codeIn(lexer(withTabsKept(piece))).map((code) => code.replaceAll(KEPT_TAB, '\t'))
  } catch (error) {
    if (error instanceof TooMuch) return []
    throw error
  }
}

/** Stands for a tab; no text has it. */
const KEPT_TAB = '\ufdd0'

const opening = /^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}|~{3,})/

/** In code in a list the library makes blanks of tabs: those behind the column where the block begins are put aside. */
function withTabsKept(piece: string): string {
  if (!piece.includes('\t')) return piece
  let fence: {column: number; marker: string} | undefined
  const lines = piece.split('\n').map((line) => {
    if (!fence) {
      const [, before = '', marker] = opening.exec(line) ?? []
      if (marker !== undefined) fence = {column: textWidth(expandTabs(before)), marker}
      return line
    }
    const {column, marker} = fence
    const end = line.replace(/^[ \t>]*/, '').trimEnd()
    if (end.length >= marker.length && end === (marker[0] ?? '').repeat(end.length)) fence = undefined
    const at = offsetOf(line, column)
    return line.slice(0, at) + line.slice(at).replaceAll('\t', KEPT_TAB)
  })
  return lines.join('\n')
}

/** Of the first character in the line that is no indentation before that column. */
function offsetOf(line: string, column: number): number {
  let at = 0
  for (let columns = 0; columns < column && /[ \t>]/.test(line[at] ?? ''); at++) {
    columns += line[at] === '\t' ? 4 - (columns % 4) : 1
  }
  return at
}

function codeIn(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token): string[] => {
    if (token.type === 'code') return [(token as Tokens.Code).text.replace(/\n$/, '')]
    if (token.type === 'list') return (token as Tokens.List).items.flatMap((item) => codeIn(item.tokens))
    const isContainer = token.type === 'blockquote' || token.type === 'note'
    return isContainer ? codeIn((token as Tokens.Blockquote).tokens) : []
  })
}
