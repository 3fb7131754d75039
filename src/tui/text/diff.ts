import type {Paint, Style} from './style.js'

/** A line of a unified diff without its line break. `text` starts with its sign where it has one. */
export interface DiffLine {
  kind: 'file' | 'hunk' | 'added' | 'removed' | 'same' | 'note'
  text: string
}

const hunkHead = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/

/**
 * Takes a unified diff apart. The head of a hunk says how many lines belong to it: a removed line `-- a` is not
 * taken for the head of a file.
 */
export function diffLines(diff: string): DiffLine[] {
  let removed = 0
  let added = 0
  const lines = diff.replace(/\n$/, '').split('\n')
  return lines.map((text): DiffLine => {
    const inHunk = removed > 0 || added > 0
    if (text.startsWith('\\')) return {kind: 'note', text}
    if (inHunk && text.startsWith('+')) {
      added--
      return {kind: 'added', text}
    }
    if (inHunk && text.startsWith('-')) {
      removed--
      return {kind: 'removed', text}
    }
    const head = hunkHead.exec(text)
    if (head && !inHunk) {
      removed = Number(head[1] ?? 1)
      added = Number(head[2] ?? 1)
      return {kind: 'hunk', text}
    }
    if (!inHunk) return {kind: 'file', text}
    removed--
    added--
    return {kind: 'same', text}
  })
}

/** `+3 −2`; undefined where nothing was added or removed. */
export function diffCounts(lines: readonly DiffLine[]): string | undefined {
  const count = (kind: DiffLine['kind']) => lines.filter((line) => line.kind === kind).length
  const [added, removed] = [count('added'), count('removed')]
  return added + removed === 0 ? undefined : `+${added} −${removed}`
}

export function diffPaint(kind: DiffLine['kind'], style: Style): Paint {
  const plain: Paint = (text) => text
  return {
    added: style.addition,
    removed: style.deletion,
    hunk: style.hunk,
    file: style.bold,
    note: style.dim,
    same: plain,
  }[kind]
}
