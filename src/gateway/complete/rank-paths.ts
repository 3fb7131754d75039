import {fuzzyScore} from '../../fuzzy.js'

/** So many are looked at in one turn of the event loop: 4 ms of a scored query, 1 of a listing. */
const SLICE = 4000

/** A match in the name itself is what most people mean. */
const IN_NAME = 50

/** All paths of a listing: of files, and of their folders with a `/` at the end; each once. */
export function* withFolders(files: readonly string[]): Generator<void, string[]> {
  const folders = new Set<string>()
  const plain: string[] = []
  for (const [index, file] of files.entries()) {
    if (index % SLICE === SLICE - 1) yield
    if (file.endsWith('/')) folders.add(file)
    else plain.push(file)
    for (let at = file.lastIndexOf('/', file.length - 2); at > 0; at = file.lastIndexOf('/', at - 1)) {
      const folder = file.slice(0, at + 1)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return [...folders, ...plain]
}

/**
 * The `limit` paths that fit best, the best first. A query that is empty or a folder gives what is in that folder, its
 * folders first.
 */
export function* rankPaths(query: string, paths: readonly string[], limit: number): Generator<void, string[]> {
  const lists = query === '' || query.endsWith('/')
  const best: {path: string; score: number}[] = []
  for (const [index, path] of paths.entries()) {
    if (index % SLICE === SLICE - 1) yield
    const score = lists ? childScore(query, path) : pathScore(query, path)
    if (score === undefined) continue
    const last = best.at(-1)
    if (best.length >= limit && last && !isBefore({path, score}, last)) continue
    let at = best.length
    for (let one = best[at - 1]; one && isBefore({path, score}, one); one = best[at - 1]) at--
    best.splice(at, 0, {path, score})
    if (best.length > limit) best.pop()
  }
  if (lists && query !== '' && best.length === 0) return yield* rankPaths(query.slice(0, -1), paths, limit)
  return best.map(({path}) => path)
}

function childScore(folder: string, path: string): number | undefined {
  if (!path.startsWith(folder) || path === folder) return undefined
  const slash = path.indexOf('/', folder.length)
  if (slash !== -1 && slash !== path.length - 1) return undefined
  return slash === -1 ? 0 : 1
}

function pathScore(query: string, path: string): number | undefined {
  const whole = fuzzyScore(query, path)
  if (whole === undefined || query.includes('/')) return whole
  const name = path.slice(path.lastIndexOf('/', path.length - 2) + 1)
  const inName = fuzzyScore(query, name)
  return inName === undefined ? whole : Math.max(whole, inName + IN_NAME)
}

function isBefore(one: {path: string; score: number}, other: {path: string; score: number}): boolean {
  return one.score === other.score ? one.path < other.path : one.score > other.score
}
