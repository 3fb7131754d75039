import type {Place} from './operands.js'
import {refuse} from './refused.js'

/** 20 000 entries take 0.1–0.3 s; a source tree without its dependencies has fewer. */
const MAX_ENTRIES = 20_000

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
  const queue = [folder]
  let seen = 0
  for (let at = 0; at < queue.length; at++) {
    const here = queue[at] as string
    // What can't be listed can't be read either.
    const entries = await place.files.list(here).catch(() => [])
    seen += entries.length
    if (seen > MAX_ENTRIES) refuse('there are too many files below it to look for secrets among them')
    for (const {name, kind} of entries) {
      if (kind !== 'file' && kind !== 'directory') continue
      const path = here === '/' ? `/${name}` : `${here}/${name}`
      const isFolder = kind === 'directory'
      if (place.workspace.isSecret(path) || (isFolder && leaves.has(name))) (isFolder ? folders : files).add(name)
      else if (isFolder && !left.has(name)) queue.push(path)
    }
  }
  return {files, folders}
}
