import type {Dirent} from 'node:fs'
import {opendir} from 'node:fs/promises'
import path from 'node:path'

/** Directories that are as good as never meant, and large. */
export const ignored = new Set([
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

export interface WalkedEntry {
  /** Path from the root of the walk, with `/`. */
  relative: string
  absolute: string
  kind: 'file' | 'folder' | 'link'
}

export interface WalkOptions {
  signal: AbortSignal
  /** Levels below the root's own entries; default 20. */
  depth?: number
  /** Entries in all; a home directory has millions, and one folder can. */
  limit: number
  /** What is left out, with all that is in it. */
  isHidden: (absolute: string, kind: WalkedEntry['kind']) => boolean
  /** The same of what nobody means who does not say so; default nothing. */
  isIgnored?: (absolute: string, kind: WalkedEntry['kind']) => boolean
}

/** What a walk had to leave out; filled in while it goes on. */
export interface WalkReport {
  /** There is more than the limit. */
  truncated: boolean
  hidden: number
  /** Entries; one that is a folder counts as one. */
  ignored: number
}

/**
 * Files and directories below `root`, a real path, folder by folder, breadth first and by name, without
 * ignored directories. Links are named but not followed, so that a loop ends. Directories that cannot be
 * read are passed over.
 */
export async function* walk(
  root: string,
  {signal, depth = 20, limit, isHidden, isIgnored}: WalkOptions,
  report: WalkReport,
): AsyncGenerator<WalkedEntry[]> {
  let level: {absolute: string; relative: string}[] = [{absolute: root, relative: ''}]
  let left = limit
  for (let at = 0; at <= depth && level.length > 0; at++) {
    const next: {absolute: string; relative: string}[] = []
    for (const folder of level) {
      if (signal.aborted) return
      const read = await entriesOf(folder.absolute, left).catch((error: unknown) => {
        // The root's own error is the caller's to tell.
        if (at === 0) throw error
        return {entries: [], more: false}
      })
      left -= read.entries.length
      report.truncated ||= read.more
      const found: WalkedEntry[] = []
      for (const entry of read.entries) {
        const relative = folder.relative ? `${folder.relative}/${entry.name}` : entry.name
        const absolute = path.join(folder.absolute, entry.name)
        const kind = kindOf(entry)
        if (!kind || (kind === 'folder' && ignored.has(entry.name))) continue
        if (isIgnored?.(absolute, kind)) {
          report.ignored++
          continue
        }
        if (isHidden(absolute, kind)) {
          report.hidden++
          continue
        }
        found.push({relative, absolute, kind})
        if (kind === 'folder') next.push({absolute, relative})
      }
      yield found
      if (report.truncated) return
    }
    level = next
  }
}

function kindOf(entry: Dirent): WalkedEntry['kind'] | undefined {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : undefined
}

/** Up to `limit` entries by name; a folder of a million is not read to its end. */
async function entriesOf(folder: string, limit: number): Promise<{entries: Dirent[]; more: boolean}> {
  const entries: Dirent[] = []
  let more = false
  const directory = await opendir(folder, {bufferSize: 256})
  // Leaving the loop closes the directory.
  for await (const entry of directory) {
    if (entries.length >= limit) {
      more = true
      break
    }
    entries.push(entry)
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return {entries, more}
}
