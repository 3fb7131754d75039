import {mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {isSameProcess, processBirth} from '../../platform.js'
import {Doubt, plainEntries, readRegular} from './files.js'
import type {Repository} from './repository.js'
import {renderSettings, type Setting} from './settings.js'

/** Some 100 bytes a file: more than a million files. */
const MOST_INDEX_BYTES = 128 * 1024 * 1024
const MOST_BYTES = 1024 * 1024

/** What stays where it is, as links: none of it names a program. */
const linked = {
  folders: /^(?:objects|refs|logs|worktrees|reftable|rebase-merge|rebase-apply|sequencer)$/,
  files: /^(?:packed-refs|shallow|sharedindex\.[0-9a-f]+|(?!HEAD$)[A-Z][A-Z_]*)$/,
}

export interface Shadow {
  /**
   * GIT_DIR. In a linked worktree that is the repository's own folder for it, and only the common folder is
   * replaced; else all of `.git` is, as newer versions look for the state of a rebase in either.
   */
  gitDir: string
  commonDir: string
  /** A copy: `git diff` writes what it learns of touched files, whatever GIT_OPTIONAL_LOCKS says. */
  index: string
  remove(): Promise<void>
}

/**
 * Makes the private folder that git takes for the repository's: its configuration holds `settings` and
 * nothing can be added to it between look and run; hooks and attributes of the repository are absent.
 * Folders of processes that died are removed on the way.
 */
export async function createShadow(options: {
  runFolder: string
  repository: Repository
  settings: readonly Setting[]
}): Promise<Shadow> {
  const {runFolder, repository, settings} = options
  await mkdir(runFolder, {recursive: true, mode: 0o700})
  await removeLeftovers(runFolder)
  const folder = await mkdtemp(path.join(runFolder, `git-${process.pid}-${processBirth(process.pid) ?? ''}-`))
  const remove = () => rm(folder, {recursive: true, force: true})
  try {
    await fill(folder, repository, settings)
    const gitDir = repository.kind === 'worktree' ? repository.gitDir : folder
    return {gitDir, commonDir: folder, index: await copyIndex(repository.gitDir, folder), remove}
  } catch (error) {
    await remove()
    throw error
  }
}

async function fill(folder: string, {gitDir, commonDir}: Repository, settings: readonly Setting[]): Promise<void> {
  await writeFile(path.join(folder, 'config'), renderSettings(settings), {encoding: 'latin1', mode: 0o600})
  const head = await copy(commonDir, folder, 'HEAD')
  if (!head) throw new Doubt(`${commonDir} has no HEAD`)
  await mkdir(path.join(folder, 'info'), {mode: 0o700})
  await copy(commonDir, folder, path.join('info', 'exclude'))
  await copy(commonDir, folder, path.join('info', 'sparse-checkout'))
  // A linked worktree has a HEAD of its own, which git opens where it is.
  if (gitDir !== commonDir) await readRegular(path.join(gitDir, 'HEAD'), MOST_BYTES)
  const entries = await plainEntries(commonDir)
  await Promise.all(
    entries
      .filter((entry) => (entry.isDirectory() ? linked.folders : linked.files).test(entry.name))
      .map(({name}) => symlink(path.join(commonDir, name), path.join(folder, name))),
  )
}

async function copy(from: string, to: string, name: string): Promise<boolean> {
  const read = await readRegular(path.join(from, name), MOST_BYTES)
  if (read) await writeFile(path.join(to, name), read.bytes, {mode: 0o600})
  return read !== undefined
}

async function copyIndex(gitDir: string, folder: string): Promise<string> {
  const copied = path.join(folder, 'index')
  const read = await readRegular(path.join(gitDir, 'index'), MOST_INDEX_BYTES)
  if (!read) return copied
  await writeFile(copied, read.bytes, {mode: 0o600})
  // git compares contents of what changed since the index was written; a moment earlier is the safe side.
  const written = (Math.floor(read.stats.mtimeMs) - 1) / 1000
  await utimes(copied, written, written)
  return copied
}

async function removeLeftovers(runFolder: string): Promise<void> {
  for (const name of await readdir(runFolder)) {
    const [, pid, birth] = /^git-(\d+)-(\d*)-\w+$/.exec(name) ?? []
    if (pid === undefined || isSameProcess({pid: Number(pid), birth: birth || undefined})) continue
    await rm(path.join(runFolder, name), {recursive: true, force: true})
  }
}
