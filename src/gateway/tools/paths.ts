import {homedir} from 'node:os'
import path from 'node:path'

/** The absolute path that a model means: `~` is the home directory, everything else counts from the working directory. */
export function resolvePath(cwd: string, given: string): string {
  if (given === '~' || given.startsWith('~/')) return path.join(homedir(), given.slice(1))
  return path.resolve(cwd, given)
}

/** Relative to the working directory where it lies below it, else absolute. */
export function shownPath(cwd: string, absolute: string): string {
  const relative = path.relative(cwd, absolute)
  if (relative === '') return '.'
  return relative.startsWith('..') || path.isAbsolute(relative) ? absolute : relative
}
