import {readdir} from 'node:fs/promises'
import path from 'node:path'

/** Directories that are as good as never meant, and large. */
const ignored = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  '__pycache__',
  '.venv',
  'venv',
  '.mypy_cache',
  '.pytest_cache',
])

export interface WalkedFile {
  /** Path from the root of the walk, with `/`. */
  relative: string
  absolute: string
  /** False for a directory. */
  file: boolean
}

/**
 * Files and directories below `root`, breadth first and by name, without ignored directories. Links
 * are named but not followed, so that a loop ends. Directories that cannot be read are passed over.
 */
export async function* walk(root: string, signal: AbortSignal, maxDepth = 20): AsyncGenerator<WalkedFile> {
  let level: {absolute: string; relative: string}[] = [{absolute: root, relative: ''}]
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth++) {
    const next: {absolute: string; relative: string}[] = []
    for (const folder of level) {
      if (signal.aborted) return
      // The root's own error is the caller's to tell.
      const entries = await readdir(folder.absolute, {withFileTypes: true}).catch((error: unknown) => {
        if (depth === 0) throw error
        return []
      })
      entries.sort((a, b) => (a.name < b.name ? -1 : 1))
      for (const entry of entries) {
        const relative = folder.relative ? `${folder.relative}/${entry.name}` : entry.name
        const absolute = path.join(folder.absolute, entry.name)
        if (entry.isDirectory()) {
          if (ignored.has(entry.name)) continue
          next.push({absolute, relative})
          yield {relative, absolute, file: false}
        } else if (entry.isFile() || entry.isSymbolicLink()) {
          yield {relative, absolute, file: true}
        }
      }
    }
    level = next
  }
}
