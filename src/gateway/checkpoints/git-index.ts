import {lstatSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {readRegularBytes} from '../../regular-file.js'
import {inSlices} from '../slices.js'

/** A file that git has stored: as its index has it. Times are milliseconds. */
export interface Indexed {
  mtimeMs: number
  ctimeMs: number
  ino: number
  size: number
  /** SHA-1 of the blob, hexadecimal. */
  blob: string
}

export interface GitIndex {
  gitDir: string
  /** By path from the top folder, with `/`: regular files in their only stage. */
  files: ReadonlyMap<string, Indexed>
  /** Folders that hold one of them. */
  folders: ReadonlySet<string>
}

const MAX_BYTES = 64 * 1_048_576
/** Entries that are read at once: 5 ms. */
const SLICE = 2000
const ENTRY_BYTES = 62
const EXTENDED = 0x4000
const STAGE = 0x3000
const NAME_LENGTH = 0x0fff
const INTENT_TO_ADD = 0x2000
const FORMAT = 0o170000
const REGULAR = 0o100000

/** Attributes by which a file is another one than git has stored. */
const filters = /(?:^|\s)(?:filter|ident|working-tree-encoding|eol|text|crlf)\b/m

/**
 * What git's index knows of the repository whose top folder is `root`; undefined where there is none that can be used so.
 * Nothing is run. 10 000 entries take 15 ms.
 */
export async function readGitIndex(root: string): Promise<GitIndex | undefined> {
  try {
    const gitDir = gitDirOf(root)
    if (gitDir === undefined || (await isFiltered(root, gitDir))) return undefined
    const file = path.join(gitDir, 'index')
    const writtenMs = lstatSync(file).mtimeMs
    const files = await inSlices(parseIndex(readRegularBytes(file, MAX_BYTES), writtenMs))
    if (!files || (await isFilteredBelow(root, files.keys()))) return undefined
    return {gitDir, files, folders: foldersOf(files.keys())}
  } catch {
    return undefined
  }
}

/** Of a work tree of its own the file `.git` says where. */
function gitDirOf(root: string): string | undefined {
  const git = path.join(root, '.git')
  const info = lstatSync(git, {throwIfNoEntry: false})
  if (info?.isDirectory()) return git
  if (!info?.isFile()) return undefined
  const named = /^gitdir: (.+)$/m.exec(readRegularBytes(git, 4096).toString('utf8'))?.[1]
  return named === undefined ? undefined : path.resolve(root, named)
}

/** Then what is in a file need not be what is in its blob. */
async function isFiltered(root: string, gitDir: string): Promise<boolean> {
  // A work tree of its own has the settings of its repository.
  const common = path.resolve(gitDir, (await textOf(path.join(gitDir, 'commondir'))).trim())
  const config = (await textOf(path.join(common, 'config'))) + (await textOf(path.join(gitDir, 'config.worktree')))
  if (/autocrlf|objectformat|attributesfile/i.test(config)) return true
  const attributes = await Promise.all([
    textOf(path.join(root, '.gitattributes')),
    textOf(path.join(common, 'info', 'attributes')),
  ])
  return attributes.some((text) => filters.test(text))
}

/** By attributes of folders of it. */
async function isFilteredBelow(root: string, files: Iterable<string>): Promise<boolean> {
  for (const file of files) {
    if (file.endsWith('/.gitattributes') && filters.test(await textOf(path.join(root, file)))) return true
  }
  return false
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}

/**
 * Versions 2 to 4, in slices; undefined where it is none of these. An entry that is as young as the index may have changed
 * since unseen, and is left out.
 */
export function* parseIndex(bytes: Buffer, writtenMs: number): Generator<void, Map<string, Indexed> | undefined> {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'DIRC') return undefined
  const version = bytes.readUInt32BE(4)
  if (version < 2 || version > 4) return undefined
  const files = new Map<string, Indexed>()
  let name: Buffer = Buffer.alloc(0)
  let at = 12
  for (let left = bytes.readUInt32BE(8); left > 0; left--) {
    if (left % SLICE === 0) yield
    const mode = bytes.readUInt32BE(at + 24)
    const flags = bytes.readUInt16BE(at + 60)
    const extended = version >= 3 && (flags & EXTENDED) !== 0
    const intended = extended && (bytes.readUInt16BE(at + 62) & INTENT_TO_ADD) !== 0
    const entry = entryAt(bytes, at)
    const start = at + ENTRY_BYTES + (extended ? 2 : 0)
    if (version === 4) {
      // So many bytes at the end of the name before it are other ones.
      const {value, next} = offsetAt(bytes, start)
      const end = bytes.indexOf(0, next)
      name = Buffer.concat([name.subarray(0, name.length - value), bytes.subarray(next, end)])
      at = end + 1
    } else {
      const length = flags & NAME_LENGTH
      const end = length < NAME_LENGTH ? start + length : bytes.indexOf(0, start)
      name = bytes.subarray(start, end)
      // Padded with one to eight zero bytes.
      at += (end - at + 8) & ~7
    }
    const whole = (flags & STAGE) === 0 && (mode & FORMAT) === REGULAR && !intended
    if (whole && entry.mtimeMs < writtenMs) files.set(name.toString('utf8'), entry)
  }
  return files
}

function entryAt(bytes: Buffer, at: number): Indexed {
  const time = (from: number) => bytes.readUInt32BE(from) * 1000 + bytes.readUInt32BE(from + 4) / 1e6
  return {
    ctimeMs: time(at),
    mtimeMs: time(at + 8),
    ino: bytes.readUInt32BE(at + 20),
    size: bytes.readUInt32BE(at + 36),
    blob: bytes.toString('hex', at + 40, at + 60),
  }
}

/** Git's own variable length: each byte but the last has its high bit set, and counts from one more. */
function offsetAt(bytes: Buffer, at: number): {value: number; next: number} {
  let next = at
  let byte = bytes.readUInt8(next++)
  let value = byte & 0x7f
  while (byte & 0x80) {
    byte = bytes.readUInt8(next++)
    value = (value + 1) * 128 + (byte & 0x7f)
  }
  return {value, next}
}

function foldersOf(files: Iterable<string>): Set<string> {
  const folders = new Set<string>()
  for (const file of files) {
    for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
      const folder = file.slice(0, end)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/** Whether the file is what git has stored, as git itself tells that: by its times, size and number. */
export function isClean(entry: Indexed, {mtimeMs, ctimeMs, ino, size}: Omit<Indexed, 'blob'>): boolean {
  const same = (a: number, b: number) => Math.abs(a - b) < 0.001
  return (
    same(entry.mtimeMs, mtimeMs) && same(entry.ctimeMs, ctimeMs) && entry.size === size && entry.ino === ino % 2 ** 32
  )
}
