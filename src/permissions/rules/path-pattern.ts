import path from 'node:path'

/** Patterns of `read(…)` and `edit(…)`: globs over real paths. */

export interface PathPattern {
  /** Where it begins: `//x` at the root of the file system, `~/x` at home, `/x` and `x` at the workspace's folder. */
  base: 'root' | 'home' | 'workspace'
  /** Segments; a literal one is its text, a glob its source. */
  segments: readonly ({literal: string} | {glob: string})[]
}

export function parsePathPattern(text: string): PathPattern | {problem: string; remedy: string} {
  if (text === '') return {problem: 'the pattern is empty', remedy: 'write edit(src/**)'}
  if (text.includes('\0')) return {problem: 'it holds a zero byte', remedy: 'no path can'}
  if (/^~[^/]/.test(text)) return {problem: 'homes of others are not known', remedy: 'write //home/NAME/…'}
  const base = text.startsWith('//') ? 'root' : /^~(?:\/|$)/.test(text) ? 'home' : 'workspace'
  const names = text.replace(/^~/, '').split('/')
  // A folder stands for what is in it.
  if (names.at(-1) === '') names.push('**')
  const parts = names.filter((name) => name !== '' && name !== '.')
  if (parts.includes('..')) {
    return {
      problem: 'it holds "..", and paths are compared with every link resolved',
      remedy: 'write //folder/… from /',
    }
  }
  if (parts.length === 0) return {problem: 'it names no file', remedy: 'write ** for every file'}
  return {base, segments: parts.map((part) => (isGlob(part) ? {glob: part} : {literal: unescaped(part)}))}
}

export function formatPathPattern({base, segments}: PathPattern): string {
  const start = {root: '//', home: '~/', workspace: ''}[base]
  return start + segments.map((part) => withoutHome('glob' in part ? part.glob : escaped(part.literal))).join('/')
}

/** A pattern that covers this path and no other; with `inside`, what is below it. */
export function literalPath(base: PathPattern['base'], relative: string, inside = false): PathPattern {
  const segments: PathPattern['segments'] = relative
    .split(path.sep)
    .filter((name) => name !== '')
    .map((literal) => ({literal}))
  return {base, segments: inside ? [...segments, {glob: '**'}] : segments}
}

export function isLiteralPath({segments}: PathPattern): boolean {
  return segments.every((part) => 'literal' in part)
}

const special = /[*?[\]{}\\]/

function isGlob(name: string): boolean {
  return special.test(name.replaceAll(/\\./gs, ''))
}

function unescaped(name: string): string {
  return name.replaceAll(/\\(.)/gs, '$1')
}

const escaped = (name: string) => name.replaceAll(/[*?[\]{}\\]/g, '\\$&')

/** A leading `~` would be the home. */
const withoutHome = (source: string) => source.replace(/^~/, '\\~')
