import type {StructuredPatchHunk} from 'diff'

export interface UnifiedDiff {
  /** Hunks without file headers, lines as they are; empty where nothing differs. */
  lines: string[]
  /** In lines. */
  added: number
  removed: number
}

/** Two texts that have little in common take the library as long as it is let. */
const MAX_MS = 300
const MAX_EDIT_LENGTH = 20_000
const CONTEXT_LINES = 3

/** The difference of two texts, line by line. Where it takes too long, all between the common ends counts as replaced. */
export async function unifiedDiff(before: string, after: string): Promise<UnifiedDiff> {
  if (before === after) return {lines: [], added: 0, removed: 0}
  const {structuredPatch} = await import('diff')
  const limits = {context: CONTEXT_LINES, timeout: MAX_MS, maxEditLength: MAX_EDIT_LENGTH}
  const patch = structuredPatch('', '', before, after, undefined, undefined, limits)
  const hunks = patch?.hunks ?? [oneHunk(before, after)]
  const lines = hunks.flatMap((hunk) => [headerOf(hunk), ...hunk.lines])
  const count = (sign: string) =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0)
  return {lines, added: count('+'), removed: count('-')}
}

function headerOf({oldStart, oldLines, newStart, newLines}: StructuredPatchHunk): string {
  // An empty side is named by the line before it.
  return `@@ -${oldLines === 0 ? oldStart - 1 : oldStart},${oldLines} +${newLines === 0 ? newStart - 1 : newStart},${newLines} @@`
}

function oneHunk(before: string, after: string): StructuredPatchHunk {
  const a = linesOf(before)
  const b = linesOf(after)
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const from = Math.max(0, start - CONTEXT_LINES)
  const tail = Math.max(0, end - CONTEXT_LINES)
  const signed = (sign: string, lines: readonly string[]) =>
    lines.flatMap((line) =>
      line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, '\\ No newline at end of file'],
    )
  return {
    oldStart: from + 1,
    oldLines: a.length - tail - from,
    newStart: from + 1,
    newLines: b.length - tail - from,
    lines: [
      ...signed(' ', a.slice(from, start)),
      ...signed('-', a.slice(start, a.length - end)),
      ...signed('+', b.slice(start, b.length - end)),
      ...signed(' ', a.slice(a.length - end, a.length - tail)),
    ],
  }
}

/** With their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** As much of a diff as is allowed, with a remark on what is left out. */
export function boundedDiff(lines: readonly string[], limits: {lines: number; chars: number}): string {
  let chars = 0
  let count = 0
  while (count < lines.length && count < limits.lines) {
    chars += (lines[count]?.length ?? 0) + 1
    if (chars > limits.chars) break
    count++
  }
  if (count === lines.length) return lines.join('\n')
  const left = lines.slice(count)
  const some = lines.slice(0, count)
  // A line that alone is too long is shown as far as it goes.
  if (count < limits.lines && chars > limits.chars) {
    const room = limits.chars - some.join('\n').length
    if (room > 0) some.push(`${left[0]?.slice(0, room)}…`)
  }
  const parts = [countOf(left, '+', 'added'), countOf(left, '-', 'removed')].filter(Boolean).join(', ')
  const what = `${left.length} more line${left.length === 1 ? '' : 's'} of the diff${parts ? ` (${parts})` : ''}`
  return [...some, `\\ ${what} ${left.length === 1 ? 'is' : 'are'} not shown here`].join('\n')
}

function countOf(lines: readonly string[], sign: string, word: string): string {
  const count = lines.filter((line) => line.startsWith(sign)).length
  return count > 0 ? `${count} ${word}` : ''
}
