import {refuse} from '../refused.js'
import type {Place} from './operands.js'

/** So many take 0.1–0.3 s to look at; a source tree without its dependencies has fewer. */
const MAX_ENTRIES = 10_000
const LISTED_AT_ONCE = 16

export interface Secrets {
  files: ReadonlySet<string>
  folders: ReadonlySet<string>
}

/**
 * The names of the secret files and folders below a folder whose path is resolved; links are not
 * followed. Folders of a name in `left` are not looked into, those of a name in `leaves` are told as if
 * they were secret. Refuses where there is too much to look at.
 */
export async function secretsBelow(
  folder: string,
  {left, leaves}: {left: ReadonlySet<string>; leaves: ReadonlySet<string>},
  place: Place,
): Promise<Secrets> {
  const files = new Set<string>()
  const folders = new Set<string>()
  const waiting = [folder]
  let seen = 0
  while (waiting.length > 0) {
    const now = waiting.splice(0, LISTED_AT_ONCE)
    // What can't be listed can't be read either.
    const lists = await Promise.all(now.map((here) => place.files.list(here).catch(() => [])))
    seen += lists.reduce((sum, {length}) => sum + length, 0)
    if (seen > MAX_ENTRIES) refuse('there are too many files below it to look for secrets among them')
    for (const [index, entries] of lists.entries()) {
      for (const {name, kind} of entries) {
        if (kind !== 'file' && kind !== 'directory') continue
        const path = `${now[index]}/${name}`.replace(/^\/\//, '/')
        const isFolder = kind === 'directory'
        if (place.workspace.isSecret(path) || (isFolder && leaves.has(name))) (isFolder ? folders : files).add(name)
        else if (isFolder && !left.has(name)) waiting.push(path)
      }
    }
  }
  return {files, folders}
}
