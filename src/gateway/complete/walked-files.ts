import {gitIgnore} from '../tools/files/find/gitignore.js'
import {walk} from '../tools/files/find/walk.js'

/** Where there is no repository there may be a home directory. */
const MAX_ENTRIES = 50_000
const MAX_MS = 2000

/** Files and folders below a folder, these with a `/`, without what a `.gitignore` there names: as many as come in 2 s. */
export async function walkedFiles(root: string): Promise<string[]> {
  const isIgnored = await gitIgnore(root)
  const signal = AbortSignal.timeout(MAX_MS)
  const found: string[] = []
  try {
    const report = {truncated: false, hidden: 0, ignored: 0}
    const options = {signal, limit: MAX_ENTRIES, isHidden: () => false, isIgnored}
    for await (const entries of walk(root, options, report)) {
      for (const {relative, kind} of entries) found.push(kind === 'folder' ? `${relative}/` : relative)
    }
  } catch {
    // The folder can't be read: there is nothing to offer.
  }
  return found.filter((name) => name.isWellFormed() && !name.includes('\ufffd'))
}
