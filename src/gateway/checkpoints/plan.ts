import type {FileRow} from '../store/checkpoints/types.js'
import {type FileState, parseState, sameState} from './state.js'

/** What would become of one path. */
export interface Change {
  path: string
  now: FileState
  wanted: FileState
  /** It is not as the session left it: somebody else changed it since. */
  foreign: boolean
  /** Why it can't be put back. */
  uncovered?: string
}

/** What is known of one path: as it was before the first act, and as the last one may have left it. */
export interface Known {
  path: string
  wanted: FileState
  left: readonly FileState[]
}

/** By path, from the rows of checkpoints in their order. */
export function knownOf(rows: readonly FileRow[]): Known[] {
  const known = new Map<string, Known>()
  for (const {path, before, after, prior} of rows) {
    const left = [parseState(after), ...(prior === null ? [] : [parseState(prior)])]
    const first = known.get(path)
    known.set(path, {path, wanted: first?.wanted ?? parseState(before), left})
  }
  return [...known.values()]
}

/** Undefined: it is as it was then. */
export function changeOf({path, wanted, left}: Known, now: FileState): Change | undefined {
  if (sameState(now, wanted)) return undefined
  const foreign = !left.some((state) => sameState(state, now))
  if (wanted.kind === 'uncovered') return {path, now, wanted, foreign, uncovered: wanted.why}
  if (now.kind === 'uncovered') return {path, now, wanted, foreign, uncovered: now.why}
  return {path, now, wanted, foreign}
}

/**
 * In the order in which they can be done: what is in the way goes first, the innermost before the folder it is in; folders
 * are made before what is in them.
 */
export function inOrder<C extends Pick<Change, 'path' | 'now' | 'wanted'>>(
  changes: readonly C[],
): {remove: C[]; make: C[]} {
  const byPath = [...changes].sort((a, b) => (a.path < b.path ? -1 : 1))
  const remove = byPath.filter(({now, wanted}) => now.kind !== 'none' && now.kind !== wanted.kind)
  const make = byPath.filter(({wanted}) => wanted.kind !== 'none')
  return {remove: remove.reverse(), make}
}
