import {constants, type Stats} from 'node:fs'
import {access, lstat, readdir, realpath, stat} from 'node:fs/promises'
import {errnoOf} from '../../../errors.js'

export type FileKind = 'file' | 'directory' | 'link' | 'other'

export interface FileEntry {
  name: string
  kind: FileKind
}

export interface FileOwner {
  kind: FileKind
  uid: number
  gid: number
  /** Permission bits, the sticky one included. */
  mode: number
  executable: boolean
}

/** The looks at the file system that judging a command takes. A failure is the system's error. */
export interface Files {
  /** As the kernel resolves it: `link/..` is the folder above the link's target. */
  realpath(path: string): Promise<string>
  /** Of the file itself, not of what a link points to; undefined where there is none. */
  kind(path: string): Promise<FileKind | undefined>
  /** In no order. */
  list(folder: string): Promise<FileEntry[]>
  /** Of what a link points to; undefined where there is none or it can't be seen. */
  owner(path: string): Promise<FileOwner | undefined>
}

export const systemFiles: Files = {
  realpath: (path) => realpath(path),
  async kind(path) {
    try {
      return kindOf(await lstat(path))
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  },
  async list(folder) {
    const entries = await readdir(folder, {withFileTypes: true})
    return entries.map((entry) => ({name: entry.name, kind: kindOf(entry)}))
  },
  async owner(path) {
    try {
      const stats = await stat(path)
      const {uid, gid, mode} = stats
      return {kind: kindOf(stats), uid, gid, mode: mode & 0o7777, executable: await isExecutable(path)}
    } catch {
      return undefined
    }
  },
}

/** There is nothing of that name, nor can there be: a part of the path is a file. */
export function isAbsent(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function kindOf(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileKind {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
