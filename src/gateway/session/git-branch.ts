import {existsSync} from 'node:fs'
import path from 'node:path'
import {readRegularFile} from '../../regular-file.js'

/** Either file holds one line; the longest name is some hundred letters. */
const MAX_BYTES = 4096

/** The checked-out branch of the repository that holds `cwd`; empty without one, or with none checked out. */
export function gitBranch(cwd: string): string {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const git = `${folder}${folder.endsWith(path.sep) ? '' : path.sep}.git`
    // Asked first: a read that fails takes 0.1 ms, and there is one in every folder up to the root.
    const head = existsSync(git) ? readHead(git) : undefined
    if (head !== undefined) return /^ref: refs\/heads\/(.+)$/.exec(head.trim())?.[1] ?? ''
    if (path.dirname(folder) === folder) return ''
  }
}

/** `.git` is a folder, or in a linked worktree a file that names it. */
function readHead(git: string): string | undefined {
  const direct = read(path.join(git, 'HEAD'))
  if (direct !== undefined) return direct
  const linked = /^gitdir: (.+)$/m.exec(read(git) ?? '')?.[1]
  return linked ? read(path.join(path.resolve(path.dirname(git), linked), 'HEAD')) : undefined
}

function read(file: string): string | undefined {
  try {
    return readRegularFile(file, MAX_BYTES)
  } catch {
    return undefined
  }
}
