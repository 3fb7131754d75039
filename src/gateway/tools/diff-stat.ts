export interface DiffStat {
  added: number
  removed: number
}

/** Cells of the comparison table; beyond it, about 40 ms, the counts are those of the changed block as a whole. */
const MAX_CELLS = 4_000_000

/** Lines added and removed between two texts, by the longest common subsequence of their lines. */
export function diffStat(before: string, after: string): DiffStat {
  const a = lines(before)
  const b = lines(after)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const left = a.slice(start, a.length - end)
  const right = b.slice(start, b.length - end)
  const common = left.length * right.length > MAX_CELLS ? 0 : commonLength(left, right)
  return {added: right.length - common, removed: left.length - common}
}

function lines(text: string): string[] {
  if (text === '') return []
  const all = text.split('\n')
  if (all.at(-1) === '') all.pop()
  return all
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  let previous = new Uint32Array(b.length + 1)
  for (const line of a) {
    const row = new Uint32Array(b.length + 1)
    for (let j = 1; j <= b.length; j++) {
      row[j] = line === b[j - 1] ? (previous[j - 1] ?? 0) + 1 : Math.max(previous[j] ?? 0, row[j - 1] ?? 0)
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
