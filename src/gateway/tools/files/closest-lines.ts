/** Lines of a file that are compared; beyond them the search for what was meant would be felt. */
const MAX_LINES = 20_000
const MAX_COMPARED = 5
const MAX_SHOWN = 12
const MAX_LINE_CHARS = 200
/** Below it two lines have nothing to do with each other. */
const SIMILAR = 0.5

/** What a model that looked for `wanted` may have meant, in a sentence and with the lines as they are. */
export function closestLines(text: string, wanted: string): string {
  const lines = text.split('\n', MAX_LINES)
  const sought = wanted.split('\n')
  // A text to search for often begins and ends with an empty line.
  const first = sought.findIndex((line) => line.trim() !== '')
  if (first === -1) return 'It is white space alone.'
  const compared = sought.slice(first, first + MAX_COMPARED).map(squeeze)
  const best = closest(lines.map(squeeze), compared)
  if (best.likeness < SIMILAR) return 'Nothing in it is like it: read the file again.'
  const start = Math.max(0, best.at - first)
  const shown = lines.slice(start, start + Math.min(sought.length, MAX_SHOWN))
  const what = best.likeness === 1 ? 'These lines may differ in white space alone' : 'The closest lines are'
  const numbered = shown.map((line, index) => `${start + index + 1}: ${line.slice(0, MAX_LINE_CHARS)}`)
  return `${what}:\n${numbered.join('\n')}`
}

function squeeze(line: string): string {
  return line
    .slice(0, MAX_LINE_CHARS * 2)
    .replace(/\s+/g, ' ')
    .trim()
}

function closest(lines: readonly string[], sought: readonly string[]): {at: number; likeness: number} {
  let best = {at: 0, likeness: 0}
  for (let at = 0; at < lines.length; at++) {
    let sum = 0
    for (const [index, line] of sought.entries()) {
      sum += likeness(lines[at + index], line)
      // What is left can't make it the best any more.
      if (sum + sought.length - 1 - index <= best.likeness * sought.length) break
    }
    if (sum / sought.length > best.likeness) best = {at, likeness: sum / sought.length}
    if (best.likeness === 1) break
  }
  return best
}

/** From 0 to 1: how much of two lines is the same from their two ends. */
function likeness(a: string | undefined, b: string): number {
  if (a === undefined) return 0
  if (a === b) return 1
  const shorter = Math.min(a.length, b.length)
  const longer = Math.max(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return (start + end) / longer
}
