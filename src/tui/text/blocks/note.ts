import {definitionOf, isNote, NOTE_INDENT, noteMark} from './definition.js'
import {indentOf, interrupts, nothing} from './leaf.js'

/** A footnote: `[^label]: text`, with lines that are indented or follow at once. */
export interface Note {
  raw: string
  label: string
  /** As Markdown. */
  text: string
}

/** The footnote with which the text begins. */
export function noteOf(text: string): Note | undefined {
  const head = noteMark.exec(text)
  if (!head) return undefined
  const first = firstLine(text)
  const lines = [first.slice(head[0].length)]
  let end = first.length
  let at = end + 1
  for (let blanks = 0; at <= text.length; ) {
    const newline = text.indexOf('\n', at)
    const line = text.slice(at, newline === -1 ? text.length : newline)
    at += line.length + 1
    if (line.trim() === '') {
      blanks++
      continue
    }
    const indented = indentOf(line) >= NOTE_INDENT
    const goesOn = indented || (blanks === 0 && !isNote(line) && !definitionOf(line) && !interrupts(line, nothing))
    if (!goesOn) break
    lines.push(...Array<string>(blanks).fill(''), line.replace(/^ {1,4}/, ''))
    blanks = 0
    end = at - 1
  }
  return {raw: text.slice(0, end), label: head[1] ?? '', text: lines.join('\n')}
}

export function firstLine(text: string): string {
  const end = text.indexOf('\n')
  return end === -1 ? text : text.slice(0, end)
}
