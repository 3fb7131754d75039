import type {Token, Tokens} from 'marked'
import {closesFence, fenceOf} from '../blocks/leaf.js'
import {blocksOf} from '../blocks/split.js'
import {type Lexer, TooMuch} from '../lexer.js'

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
    return codeIn(lexer(piece))
  } catch (error) {
    if (error instanceof TooMuch) return []
    throw error
  }
}

function codeIn(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token): string[] => {
    if (token.type === 'code') return [(token as Tokens.Code).text.replace(/\n$/, '')]
    if (token.type === 'list') return (token as Tokens.List).items.flatMap((item) => codeIn(item.tokens))
    const isContainer = token.type === 'blockquote' || token.type === 'note'
    return isContainer ? codeIn((token as Tokens.Blockquote).tokens) : []
  })
}
