/** The candidate that was most likely meant, or undefined when none is near. Never the word itself: it was refused. */
export function closest(input: string, candidates: readonly string[]): string | undefined {
  const wanted = fold(input)
  let best: string | undefined
  // A third of the letters wrong is still a slip; more is another word.
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const whole = fold(candidate)
    if (candidate === input || whole === '') continue
    // So many letters have to come or go at least; a word may be a megabyte.
    if (Math.abs(wanted.length - whole.length) >= bestDistance && !whole.endsWith(wanted)) continue
    const tail = fold(candidate.slice(candidate.lastIndexOf('.') + 1))
    const distance = Math.min(editDistance(wanted, whole), tail === wanted ? 0.5 : Number.POSITIVE_INFINITY)
    // Of which no letter is left is no slip of it.
    if (distance < bestDistance && distance < wanted.length) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[_-]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from one to the other. */
export function editDistance(from: string, to: string): number {
  let before: number[] = []
  let previous = Array.from({length: to.length + 1}, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const current = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      }
      current.push(cost)
    }
    before = previous
    previous = current
  }
  return previous[to.length] ?? 0
}
