import {readFileSync} from 'node:fs'

export interface CodeBlock {
  /** `ts`, `sh`, …; empty without one. */
  language: string
  /** Of `file=NAME` behind the language. */
  file: string | undefined
  text: string
  /** In the page, from 1. */
  line: number
}

/** The fenced code blocks of a Markdown page, in order. */
export function codeBlocks(page: string): CodeBlock[] {
  const text = readFileSync(page, 'utf8')
  return [...text.matchAll(/^```(\w*)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    file: match[2],
    text: match[3] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }))
}
