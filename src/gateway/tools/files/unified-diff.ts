import type {StructuredPatchHunk} from 'diff'
import {countLines} from './line-ends.js'

export interface UnifiedDiff {
  /** Hunks without file headers, lines as they are; empty where nothing differs, cut after {@link MAX_DIFF_CHARS}. */
  lines: string[]
  /** In lines, of the whole difference. */
  added: number
  removed: number
}

/** What is kept of a diff; a person is shown all of it. */
export const MAX_DIFF_CHARS = 1024 * 1024

/**
 * Two texts that have little in common take the library as long as it is let, and it looks at its clock
 * now and then only: with 4 million lines it took 19 s where it had 0.3.
 */
const MAX_MS = 200
const MAX_EDIT_LENGTH = 5000
const MAX_COMPARED_CHARS = 1_000_000
const CONTEXT_LINES = 3

/** Two texts in parts, each of whole lines. */
interface Difference {
  /** Lines that both have before what differs, and behind it. */
  head: string
  tail: string
  removed: string
  added: string
  /** Lines of both in front of `head`. */
  offset: number
}

/**
 * The difference of two texts, line by line. Where it is too large to be compared, all of it counts as
 * replaced.
 */
export async function unifiedDiff(before: string, after: string): Promise<UnifiedDiff> {
  if (before === after) return {lines: [], added: 0, removed: 0}
  const difference = differenceOf(before, after)
  const hunks = await compared(difference)
  if (!hunks) return replaced(difference)
  const lines: string[] = []
  let added = 0
  let removed = 0
  let chars = 0
  for (const hunk of hunks) {
    for (const line of [headerOf(hunk, difference.offset), ...hunk.lines]) {
      if (line.startsWith('+')) added++
      else if (line.startsWith('-')) removed++
      if (chars <= MAX_DIFF_CHARS) lines.push(line)
      chars += line.length + 1
    }
  }
  return {lines, added, removed}
}

/** Undefined: too large, or too different. */
async function compared({head, tail, removed, added}: Difference): Promise<StructuredPatchHunk[] | undefined> {
  if (removed.length + added.length > MAX_COMPARED_CHARS) return undefined
  const {structuredPatch} = await import('diff')
  const limits = {context: CONTEXT_LINES, timeout: MAX_MS, maxEditLength: MAX_EDIT_LENGTH}
  const texts = [head + removed + tail, head + added + tail] as const
  return structuredPatch('', '', ...texts, undefined, undefined, limits)?.hunks
}

function headerOf({oldStart, oldLines, newStart, newLines}: StructuredPatchHunk, offset: number): string {
  // An empty side is named by the line before it.
  const range = (start: number, count: number) => `${offset + (count === 0 ? start - 1 : start)},${count}`
  return `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`
}

/** One hunk with all that differs, as far as it is kept. */
function replaced({head, tail, ...changed}: Difference): UnifiedDiff {
  const [removed, added] = [linesIn(changed.removed), linesIn(changed.added)]
  const common = linesIn(head) + linesIn(tail)
  const hunk = {oldStart: 1, oldLines: common + removed, newStart: 1, newLines: common + added, lines: []}
  const lines = [headerOf(hunk, changed.offset)]
  let room = MAX_DIFF_CHARS
  const signed = [` ${head}`, `-${changed.removed}`, `+${changed.added}`, ` ${tail}`]
  for (const part of signed) {
    const sign = part.charAt(0)
    for (let at = 1; at < part.length && room >= 0; ) {
      const end = part.indexOf('\n', at)
      const line = part.slice(at, end === -1 ? undefined : end)
      lines.push(sign + line)
      if (end === -1) lines.push('\\ No newline at end of file')
      room -= line.length + 2
      at = end === -1 ? part.length : end + 1
    }
  }
  return {lines, added, removed}
}

function differenceOf(before: string, after: string): Difference {
  const start = commonStart(before, after)
  const end = commonEnd(before, after, start)
  let from = start
  let to = before.length - end
  for (let count = 0; count < CONTEXT_LINES; count++) {
    from = from < 2 ? 0 : before.lastIndexOf('\n', from - 2) + 1
    const next = before.indexOf('\n', to)
    to = next === -1 ? before.length : next + 1
  }
  return {
    head: before.slice(from, start),
    removed: before.slice(start, before.length - end),
    added: after.slice(start, after.length - end),
    tail: before.slice(before.length - end, to),
    offset: countLines(before.slice(0, from)),
  }
}

/** Characters of the whole lines with which both begin. */
function commonStart(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let same = 0
  while (same < shorter && a.charCodeAt(same) === b.charCodeAt(same)) same++
  return same === 0 ? 0 : a.lastIndexOf('\n', same - 1) + 1
}

/** Characters of the whole lines with which both end, behind `start`, where both have the beginning of a line. */
function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start
  let same = 0
  while (same < most && a.charCodeAt(a.length - 1 - same) === b.charCodeAt(b.length - 1 - same)) same++
  const beginsLine = (text: string) => text.length - same === start || text.charAt(text.length - same - 1) === '\n'
  if (beginsLine(a) && beginsLine(b)) return same
  const next = a.indexOf('\n', a.length - same)
  return next === -1 ? 0 : a.length - next - 1
}

/** A last line without an end is one too. */
function linesIn(text: string): number {
  return countLines(text) + (text === '' || text.endsWith('\n') ? 0 : 1)
}

/** As much of a diff as is allowed, with a remark on what is left out. */
export function boundedDiff(diff: UnifiedDiff, limits: {lines: number; chars: number}): string {
  const shown: string[] = []
  let chars = 0
  for (const line of diff.lines) {
    const room = limits.chars - chars
    if (shown.length >= limits.lines || room <= 0) break
    // A line that alone is too long is shown as far as it goes.
    shown.push(line.length > room ? `${line.slice(0, room)}…` : line)
    chars += line.length + 1
  }
  const [added, removed] = [diff.added - countOf(shown, '+'), diff.removed - countOf(shown, '-')]
  const whole = shown.length === diff.lines.length && added + removed === 0 && chars <= limits.chars + 1
  if (whole) return shown.join('\n')
  const left = [added > 0 ? `${added} added` : '', removed > 0 ? `${removed} removed` : ''].filter(Boolean)
  const what = left.length > 0 ? `${left.join(' and ')} lines are` : 'the rest is'
  return [...shown, `\\ The diff is longer: ${what} not shown here`].join('\n')
}

function countOf(lines: readonly string[], sign: string): number {
  return lines.filter((line) => line.startsWith(sign)).length
}
