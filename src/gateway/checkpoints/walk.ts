import {type Dirent, lstatSync, opendirSync, readlinkSync} from 'node:fs'
import path from 'node:path'
import {monotonicMs} from '../monotonic.js'
import {ignored} from '../tools/files/find/walk.js'

/** What the process does at once, milliseconds. */
const SLICE_MS = 8

/** One that was changed so shortly before it was looked at may change again unseen: clocks of file systems tick in some milliseconds. */
const YOUNG_MS = 100

/** What a file, link or folder looked like. Times are milliseconds. */
export interface Entry {
  kind: 'file' | 'link' | 'folder'
  mode: number
  size: number
  mtimeMs: number
  ctimeMs: number
  ino: number
  /** It may change again without looking otherwise. */
  young: boolean
  /** Of a link. */
  target?: string
}

export interface Tree {
  /** By absolute path. */
  entries: Map<string, Entry>
  /** There are more than the limit: what is not among the entries may be there. */
  truncated: boolean
  /** Names that are not UTF-8. */
  unnamed: number
}

export interface WalkOptions {
  /** Entries in all. */
  limit: number
  /** What is left out, with all that is in it; `relative`: its path from the root, with `/`. */
  isIgnored: (relative: string, absolute: string, kind: Entry['kind']) => boolean
}

/**
 * Looks at all below `root`, a real path, in slices: synchronous calls, of which 10 000 take 60 ms where those that are waited for take
 * 400. Links are not followed; folders that can't be read are empty.
 */
export function* lookAround(root: string, {limit, isIgnored}: WalkOptions): Generator<void, Tree> {
  const tree: Tree = {entries: new Map(), truncated: false, unnamed: 0}
  const folders = ['']
  let until = monotonicMs() + SLICE_MS
  // It grows; to take its first entry away moves all others: 11 s at 100 000 folders.
  for (const folder of folders) {
    const absolute = folder === '' ? root : path.join(root, folder)
    for (const dirent of direntsOf(absolute)) {
      if (monotonicMs() > until) {
        yield
        until = monotonicMs() + SLICE_MS
      }
      const relative = folder === '' ? dirent.name : `${folder}/${dirent.name}`
      const file = path.join(absolute, dirent.name)
      const kind = kindOf(dirent)
      if (!kind || (kind === 'folder' && ignored.has(dirent.name)) || isIgnored(relative, file, kind)) continue
      if (tree.entries.size >= limit) {
        tree.truncated = true
        return tree
      }
      const entry = entryAt(file)
      if (entry) tree.entries.set(file, entry)
      // What a name that is no text was decoded to is not there.
      else if (dirent.name.includes('\ufffd')) tree.unnamed++
      if (entry?.kind === 'folder') folders.push(relative)
    }
  }
  return tree
}

function* direntsOf(folder: string): Generator<Dirent> {
  let directory: ReturnType<typeof opendirSync>
  try {
    directory = opendirSync(folder, {bufferSize: 128})
  } catch {
    return
  }
  try {
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) yield entry
  } finally {
    directory.closeSync()
  }
}

function kindOf(entry: Dirent): Entry['kind'] | undefined {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : undefined
}

/** Undefined: it is not there, or none of these. */
export function entryAt(file: string): Entry | undefined {
  try {
    const info = lstatSync(file, {throwIfNoEntry: false})
    const kind = info && kindOf(info as unknown as Dirent)
    if (!info || !kind) return undefined
    const {size, mtimeMs, ctimeMs, ino} = info
    const young = Date.now() - Math.max(mtimeMs, ctimeMs) < YOUNG_MS
    const entry = {kind, mode: info.mode & 0o777, size, mtimeMs, ctimeMs, ino, young}
    return kind === 'link' ? {...entry, target: readlinkSync(file)} : entry
  } catch {
    return undefined
  }
}

/** Whether nothing happened to it in between, as far as that can be seen. */
export function looksSame(before: Entry, after: Entry): boolean {
  if (before.kind !== after.kind || before.mode !== after.mode) return false
  if (before.kind === 'folder') return true
  if (before.kind === 'link') return before.target === after.target
  return (
    !before.young &&
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs &&
    before.ctimeMs === after.ctimeMs &&
    before.ino === after.ino
  )
}
