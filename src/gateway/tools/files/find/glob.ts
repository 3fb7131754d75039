import {createTimeLimit} from './time-limit.js'

/** Tells which of some paths, relative and with `/`, match. Throws an Error in words when that takes too long. */
export type GlobMatcher = (paths: readonly string[]) => boolean[]

/** For all paths of one call; 50 000 ordinary ones take 50 ms. */
const MAX_GLOB_MS = 1000
const MAX_RANGE = 1000

/**
 * A matcher for a glob, or for everything; a glob without `/` counts for the name alone. Names that
 * begin with a dot match as others do. Throws an Error in words for a glob that can't be used.
 */
export async function createGlobMatcher(pattern: string | undefined): Promise<GlobMatcher> {
  if (!pattern) return (paths) => paths.map(() => true)
  const {picomatch} = await import('./picomatch.js')
  const limited = createTimeLimit(MAX_GLOB_MS, `the pattern ${pattern} takes too long; make it simpler`, {total: true})
  const glob = pattern.replace(/^\.\//, '')
  const nameOnly = !glob.includes('/')
  // A name may begin with a line end. Compiled to one expression: `{a,b}` is not expanded, so that twenty of them are no million of globs.
  const matches = limited(() => picomatch(glob, {dot: true, expandRange, flags: 's'}))
  return (paths) => limited(() => paths.map((path) => matches(nameOnly ? path.slice(path.lastIndexOf('/') + 1) : path)))
}

/** `{1..12}` and `{a..f}`, which the library leaves to others. */
function expandRange(from: string, to: string, step?: unknown): string {
  const letters = /^[a-zA-Z]$/
  const both = letters.test(from) && letters.test(to)
  const [start, end] = both ? [from.charCodeAt(0), to.charCodeAt(0)] : [Number(from), Number(to)]
  const by = Math.abs(typeof step === 'string' ? Number(step) : 1) || 1
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || !Number.isSafeInteger(by)) {
    throw new Error(`{${from}..${to}} is no range of numbers or letters`)
  }
  const count = Math.floor(Math.abs(end - start) / by) + 1
  if (count > MAX_RANGE) throw new Error(`the range {${from}..${to}} is longer than ${MAX_RANGE}`)
  const values = Array.from({length: count}, (_, index) => start + Math.sign(end - start) * index * by)
  return `(${values.map((value) => (both ? String.fromCharCode(value) : value)).join('|')})`
}
