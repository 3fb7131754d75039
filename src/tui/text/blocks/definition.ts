/** What `[label]: address "title"` defines. `label`: as references are compared, in lower case. */
export interface Definition {
  label: string
  href: string
  title: string | undefined
}

/** On one line; of more lines the first would have to wait for the last. */
const pattern =
  /^ {0,3}\[(?!\^)((?:\\[^\n]|[^[\]\\\n]){1,200})\]:[ \t]*(<[^<>\n]*>|[^\s<][^\s]*)(?:[ \t]+("[^"\n]*"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*$/

export function definitionOf(line: string): Definition | undefined {
  const found = pattern.exec(line)
  if (!found || (found[1] ?? '').trim() === '') return undefined
  const [, label = '', href = '', title] = found
  return {label: labelOf(label), href: href.replace(/^<(.*)>$/, '$1'), title: title?.slice(1, -1)}
}

export function labelOf(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, ' ')
}

/** Labels that stand in brackets. */
export function labelsIn(text: string): string[] {
  if (!text.includes('[')) return []
  return Array.from(text.matchAll(/\[([^[\]\n]{1,200})\]/g), ([, label = '']) => labelOf(label))
}

/** Begins a footnote, which has rules of its own. */
export const noteMark = /^ {0,3}\[\^([^\s\]]{1,40})\]:[ \t]*/

/** Blanks that a further line of a footnote needs behind an empty one. */
export const NOTE_INDENT = 2

export function isNote(line: string): boolean {
  return noteMark.test(line)
}
