import {realpath} from 'node:fs/promises'
import {homedir} from 'node:os'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import {isWindows} from '../../platform.js'
import type {RunnableCommand} from '../types.js'
import {gitEnvironment, withoutGit} from './environment.js'
import {Doubt} from './files.js'
import {readSettings} from './read-settings.js'
import {checkWorkTree, findRepository, type Repository, type Workspace} from './repository.js'
import {isPartialClone} from './settings.js'
import {createShadow} from './shadow.js'
import {type GitWords, readingGit} from './words.js'

export interface PreparedGit {
  command: RunnableCommand
  /** Removes the private folder; to be called when the command has ended, however. Never throws. */
  release(): Promise<void>
}

/**
 * Prepares a git command of a model so that it can run unasked: it only reads, in a repository of
 * the workspace, and no program that the repository names is started. Else `ask` says why, in one
 * line for the person.
 *
 * - `args`: what follows `git`, after quotes were taken off.
 * - `env`: the environment in which the command is started; `command.env` goes beside it.
 * - `runFolder`: where private folders may be made, such as `$HERMES_HOME/run`; made with 0700 if missing.
 * - `program`: absolute path of git, looked up outside the workspace.
 *
 * At best 9 ms in a clone of 600 files, 14 on a busy machine, where `git status` itself took 7 and 10: it
 * starts one more git, to parse the configuration. `release` takes 2.
 */
export async function prepareGit(
  args: readonly string[],
  options: {
    cwd: string
    workspace: Workspace
    env: NodeJS.ProcessEnv
    runFolder: string
    program: string
  },
): Promise<PreparedGit | {ask: string}> {
  // Neither links nor owners are there as this needs them.
  if (isWindows) return {ask: 'git asks on Windows'}
  const words = readingGit(args)
  if ('ask' in words) return words
  const {workspace, env, program} = options
  try {
    const repository = await findRepository(options.cwd, workspace)
    checkOperands(words, repository, workspace)
    await checkOwnConfiguration(env, workspace)
    const settings = await readSettings(repository, {program, env: {...env, ...withoutGit(env)}})
    await checkWorkTree(repository, settings.worktree)
    if (words.contents && isPartialClone(settings.all))
      throw new Doubt('the repository is a partial clone: git would have to fetch contents')
    if (repository.kind === 'worktree' && showsWorktrees(words))
      throw new Doubt('in a linked worktree it would print a private folder')
    const shadow = await createShadow({runFolder: options.runFolder, repository, settings: settings.safe})
    return {
      command: {program, args: words.args, env: gitEnvironment({env, repository, workspace, shadow})},
      release: () => shadow.remove().catch(() => {}),
    }
  } catch (error) {
    // A full disk is no reason to fail: the person can be asked.
    if (error instanceof Doubt || errnoOf(error) !== undefined)
      return {ask: `git ${words.subcommand}: ${messageOf(error)}`}
    throw error
  }
}

/**
 * `git diff` of two paths, one outside, compares any files; and contents of a secret are not printed
 * where they are named. Which word is a path git knows best, so all are taken for one.
 */
function checkOperands({operands, contents, args}: GitWords, {cwd, toplevel}: Repository, workspace: Workspace): void {
  for (const word of operands) {
    const file = path.resolve(cwd, word)
    if (file !== toplevel && !file.startsWith(`${toplevel}${path.sep}`))
      throw new Doubt(`${JSON.stringify(word)} lies outside the repository`)
  }
  if (!contents) return
  for (const word of args.flatMap(pathsIn))
    for (const file of [path.resolve(cwd, word), path.join(toplevel, word)])
      if (workspace.isSecret(file)) throw new Doubt(`${JSON.stringify(word)} names a secret`)
}

/** `HEAD:a/b`, `:0:a`, `:(top)a`, `1,5:a`, `-L:name:a`: a path may stand behind each colon. */
function pathsIn(word: string): readonly string[] {
  // Left out of what is printed.
  if (/^:(?:[!^]|\([^)]*exclude)/.test(word)) return []
  const behind = [...word.matchAll(/:(?:\([^)]*\)|\/)?/g)].map((one) => word.slice(one.index + one[0].length))
  return (word.startsWith('-') ? behind : [word, ...behind]).filter((one) => one !== '')
}

/** Programs of the person's own configuration are his, unless whoever writes to the workspace can name them. */
async function checkOwnConfiguration(env: NodeJS.ProcessEnv, workspace: Workspace): Promise<void> {
  const home = env.HOME || homedir()
  const files = [
    path.join(home, '.gitconfig'),
    path.join(env.XDG_CONFIG_HOME || path.join(home, '.config'), 'git', 'config'),
  ]
  for (const file of files) {
    const found = await realpath(file).catch(() => undefined)
    if (found !== undefined && workspace.contains(found)) throw new Doubt(`${found} lies in the workspace`)
  }
}

/** `branch -vv` says where a branch is checked out; where the main worktree is, git takes from the common folder. */
function showsWorktrees({subcommand, args}: GitWords): boolean {
  if (subcommand !== 'branch') return false
  const letters = args
    .map((one) => (one === '--verbose' ? 'v' : one.startsWith('--') ? '' : one))
    .filter((one) => /^-|^v$/.test(one))
  return letters.join('').split('v').length > 2
}
