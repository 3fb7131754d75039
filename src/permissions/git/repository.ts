import {realpath} from 'node:fs/promises'
import path from 'node:path'
import {messageOf} from '../../errors.js'
import {Doubt, plainEntries, readLine, statOf} from './files.js'

export interface Workspace {
  contains(realPath: string): boolean
  isSecret(realPath: string): boolean
}

/** Where a repository lies; every path is real. */
export interface Repository {
  /** The folder itself in which git is started. */
  cwd: string
  toplevel: string
  gitDir: string
  /** The same as `gitDir` but in a linked worktree. */
  commonDir: string
  /** `<toplevel>/.git` is a folder, or the file of a linked worktree or of a submodule. */
  kind: 'folder' | 'worktree' | 'submodule'
}

/**
 * Finds the repository of a folder as git does, without starting git: where git is then started, it
 * is told these folders and looks for none itself. Throws `Doubt` for whatever is unusual.
 */
export async function findRepository(given: string, workspace: Workspace): Promise<Repository> {
  const cwd = await real(given)
  const {toplevel, entry} = await toplevelOf(cwd)
  if (!workspace.contains(toplevel)) throw new Doubt(`the repository ${toplevel} lies outside the workspace`)
  const dotGit = path.join(toplevel, '.git')
  const repository = {cwd, toplevel, ...(entry === 'folder' ? await ofFolder(dotGit) : await ofFile(dotGit))}
  await checkOwner(toplevel, dotGit, repository.gitDir, repository.commonDir)
  await checkFolders(repository)
  return repository
}

/**
 * Where the configuration says that the work tree is elsewhere, git would look there. A submodule
 * has to name its work tree: that is what makes it one, and what no copied `.git` file can forge.
 */
export async function checkWorkTree(repository: Repository, named: string | undefined): Promise<void> {
  const {toplevel, gitDir, kind} = repository
  if (named === undefined && kind !== 'submodule') return
  const tree = named === undefined ? undefined : await real(path.resolve(gitDir, named)).catch(() => undefined)
  if (tree !== toplevel) throw new Doubt(`${gitDir} does not name ${toplevel} as its work tree`)
}

async function toplevelOf(cwd: string): Promise<{toplevel: string; entry: 'folder' | 'file'}> {
  const device = (await statOf(cwd))?.dev
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    const stats = await statOf(folder)
    if (!stats?.isDirectory() || stats.dev !== device) break
    const dotGit = await statOf(path.join(folder, '.git'))
    if (dotGit?.isDirectory()) return {toplevel: folder, entry: 'folder'}
    if (dotGit?.isFile()) return {toplevel: folder, entry: 'file'}
    if (dotGit) throw new Doubt(`${path.join(folder, '.git')} is a link or no regular file`)
    // A committed folder that looks like this brings its own configuration.
    if (await looksLikeGit(folder)) throw new Doubt(`${folder} is a repository without a work tree`)
    if (folder === path.dirname(folder)) break
  }
  throw new Doubt(`${cwd} is in no git repository`)
}

async function ofFolder(dotGit: string): Promise<Pick<Repository, 'gitDir' | 'commonDir' | 'kind'>> {
  if (await statOf(path.join(dotGit, 'commondir'))) throw new Doubt(`${dotGit} takes its configuration from elsewhere`)
  return {gitDir: dotGit, commonDir: dotGit, kind: 'folder'}
}

/**
 * The file leads to a folder that may lie outside the workspace; so that no foreign repository can
 * be read by it, that folder must name this work tree (for a submodule: see `checkWorkTree`).
 */
async function ofFile(dotGit: string): Promise<Pick<Repository, 'gitDir' | 'commonDir' | 'kind'>> {
  const target = /^gitdir: (.+)$/.exec((await readLine(dotGit)) ?? '')?.[1]
  if (target === undefined) throw new Doubt(`${dotGit} does not say where the repository is`)
  const gitDir = await real(path.resolve(path.dirname(dotGit), target))
  const common = await readLine(path.join(gitDir, 'commondir'))
  if (common === undefined) return {gitDir, commonDir: gitDir, kind: 'submodule'}
  const commonDir = await real(path.resolve(gitDir, common))
  const back = (await readLine(path.join(gitDir, 'gitdir'))) ?? ''
  const named = await real(path.resolve(gitDir, back)).catch(() => undefined)
  if (path.dirname(gitDir) !== path.join(commonDir, 'worktrees') || named !== dotGit)
    throw new Doubt(`${gitDir} does not name ${path.dirname(dotGit)} as its work tree`)
  return {gitDir, commonDir, kind: 'worktree'}
}

/** As git's own `safe.directory`, without exceptions: root's own only for root, too. */
async function checkOwner(...files: readonly string[]): Promise<void> {
  await each(new Set(files), async (file) => {
    const owner = (await statOf(file))?.uid
    if (owner !== process.geteuid?.()) throw new Doubt(`${file} belongs to another user`)
  })
}

/** Where git keeps what `git status` tells of a rebase. */
const unfinished = ['rebase-merge', 'rebase-apply', 'sequencer']

async function checkFolders({gitDir, commonDir}: Repository): Promise<void> {
  if (!(await looksLikeGit(commonDir))) throw new Doubt(`${commonDir} is no complete repository`)
  const own = [...new Set([gitDir, commonDir])]
  const below = own.flatMap((folder) => ['objects', 'info', ...unfinished].map((name) => path.join(folder, name)))
  const objects = path.join(commonDir, 'objects')
  // From above: what a folder holds is known before one of it is opened.
  for (const folders of [own, below, [path.join(objects, 'pack'), path.join(objects, 'info')]])
    await each(folders, async (folder) => {
      if (await statOf(folder)) await plainEntries(folder)
    })
  // By these a folder of the workspace reads objects of any other repository of this person.
  if (await statOf(path.join(objects, 'info', 'alternates')))
    throw new Doubt(`${commonDir} takes objects from another repository`)
}

/** All at once: one after the other they took twice the time on a busy machine. */
async function each(files: Iterable<string>, check: (file: string) => Promise<void>): Promise<void> {
  await Promise.all([...files].map(check))
}

async function looksLikeGit(folder: string): Promise<boolean> {
  if (!(await statOf(path.join(folder, 'HEAD')))) return false
  return Boolean((await statOf(path.join(folder, 'objects'))) && (await statOf(path.join(folder, 'refs'))))
}

async function real(file: string): Promise<string> {
  try {
    return await realpath(file)
  } catch (error) {
    throw new Doubt(`${file} can't be found: ${messageOf(error)}`)
  }
}
