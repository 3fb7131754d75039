import {createHash} from 'node:crypto'
import {existsSync, mkdirSync, realpathSync, rmSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {messageOf} from '../../errors.js'
import {scrubbedEnv} from '../../permissions/shell/scrubbed-env.js'
import type {Workspace} from '../../permissions/workspace.js'
import {homeFiles} from '../../platform.js'
import {findGit} from '../checkpoints/git-blobs.js'
import type {AgentPlace, AgentResult} from '../store/agents/types.js'

/** Of one git command; a checkout of a large repository takes its time, milliseconds. */
const MAX_MS = 120_000
const MAX_BYTES = 64 * 1_048_576

/**
 * While another worktree of the repository is made or removed, git reads half of what is noted of it and gives up: one of
 * 150 pairs that began at once. So often it is tried, after a pause that grows by so many milliseconds.
 */
const ATTEMPTS = 5
const PAUSE_MS = 20
const ofOthers = /worktrees[\\/]/

/** What is told of a difference, characters. */
const MAX_DIFF = 12_000
const MAX_STAT = 4000

/** Programs that a repository can name do not run: nobody was asked. */
const withoutPrograms = [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.sshCommand=/bin/false', 'commit.gpgSign=false'],
  ...['gc.auto=0', 'maintenance.auto=false', 'submodule.recurse=false', 'advice.detachedHead=false'],
].flatMap((setting) => ['-c', setting])

export type Prepared = {place: AgentPlace; cwd: string; note?: string} | {why: string}

type Git = (folder: string, ...args: string[]) => Promise<string>

/**
 * A git worktree of the last commit, on a branch of its own, below the home of hermes; `place`: one that was made before.
 * Else why there can be none. What is not committed in the repository is not in it, and `note` says so.
 */
export async function prepareWorktree(options: {
  home: string
  env: NodeJS.ProcessEnv
  workspace: Workspace
  cwd: string
  key: string
  name: string
  place: AgentPlace | null
  /** Called with what is about to be made, so that it is found after a death. */
  onPlace: (place: AgentPlace) => void
}): Promise<Prepared> {
  const {home, env, workspace, cwd, key, name, place, onPlace} = options
  const {root} = workspace
  if (!existsSync(path.join(root, '.git'))) return {why: 'the folder is in no git repository'}
  try {
    const git = await gitOf(env, workspace)
    if (!git) return {why: 'no git was found'}
    const below = path.relative(root, realpathSync(cwd))
    const within = (folder: string) => {
      const same = path.join(folder, below)
      return existsSync(same) ? same : folder
    }
    if (place?.ready && existsSync(path.join(place.folder, '.git'))) {
      await unlock(git, place.folder)
      return {place, cwd: within(place.folder)}
    }
    const base = (await git(root, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}').catch(() => '')).trim()
    if (base === '') return {why: 'the repository has no commit yet'}
    const folder = path.join(homeFiles(home).worktrees, folderName(root), key)
    mkdirSync(path.dirname(folder), {recursive: true, mode: 0o700})
    const made: AgentPlace = place ?? {
      repository: root,
      folder: path.join(realpathSync(path.dirname(folder)), key),
      branch: `hermes/${slug(name)}-${key.slice(-6)}`,
      base,
      ready: false,
    }
    onPlace(made)
    await make(git, made, {again: place !== null})
    onPlace({...made, ready: true})
    const dirty = (await git(root, 'status', '--porcelain', '--untracked-files=normal', ...apart))
      .split('\n')
      .filter(Boolean)
    const note =
      dirty.length > 0
        ? `it began with the last commit: ${dirty.length} changed ${dirty.length === 1 ? 'file' : 'files'} of the working directory ${dirty.length === 1 ? 'is' : 'are'} not in it`
        : undefined
    return {place: {...made, ready: true}, cwd: within(made.folder), ...(note === undefined ? {} : {note})}
  } catch (error) {
    return {why: `git worktree: ${messageOf(error)}`}
  }
}

/** `again`: what a process left of it that died in the middle nobody has worked in, and it is made anew. */
async function make(
  git: Git,
  {repository, folder, branch, base}: AgentPlace,
  {again}: {again: boolean},
): Promise<void> {
  if (existsSync(folder)) {
    await git(repository, 'worktree', 'remove', '--force', folder).catch(() => {})
    rmSync(folder, {recursive: true, force: true})
  }
  if (again) await git(repository, 'worktree', 'prune')
  const known = await git(repository, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => '')
  if (known.trim() === '') await git(repository, 'branch', '--no-track', branch, base)
  try {
    await git(repository, 'worktree', 'add', folder, branch)
  } catch (error) {
    // Nobody works on it, and nobody will.
    await git(repository, 'branch', '-D', '--quiet', branch).catch(() => {})
    throw error
  }
}

/** A git that was killed with its gateway leaves its lock. */
async function unlock(git: Git, folder: string): Promise<void> {
  const lock = (await git(folder, 'rev-parse', '--git-path', 'index.lock')).trim()
  if (lock !== '') rmSync(path.resolve(folder, lock), {force: true})
}

/**
 * Commits what was changed onto the branch, and tells the difference. Where nothing was, worktree and branch are removed;
 * where something was, both stay until the person or the model removes them. Undefined: nothing was changed.
 */
export async function concludeWorktree(
  place: AgentPlace,
  {env, workspace, name}: {env: NodeJS.ProcessEnv; workspace: Workspace; name: string},
): Promise<AgentResult['changes']> {
  const {folder, repository, base, branch} = place
  const git = await gitOf(env, workspace)
  if (!git || !existsSync(path.join(folder, '.git'))) return undefined
  let committed = true
  if ((await git(folder, 'status', '--porcelain', '--untracked-files=all', ...apart)).trim() !== '') {
    try {
      await git(folder, 'add', '--all')
      const who = ['-c', 'user.name=hermes', '-c', 'user.email=hermes@localhost']
      await git(folder, ...who, 'commit', '--quiet', '--no-verify', '--message', `Sub-agent: ${name}`)
    } catch {
      // It stays as it is, and the difference tells of it.
      committed = false
    }
  }
  const stat = (await git(folder, 'diff', '--stat=72', ...plain, base)).trimEnd()
  const head = (await git(folder, 'rev-parse', 'HEAD')).trim()
  if (stat === '' && head === base && committed) {
    // Without --force git itself keeps what it does not know.
    await git(repository, 'worktree', 'remove', folder).catch(() => {})
    if (!existsSync(folder)) await git(repository, 'branch', '-D', '--quiet', branch).catch(() => {})
    return undefined
  }
  const diff = await git(folder, 'diff', ...plain, base)
  return {
    stat: stat.slice(0, MAX_STAT).toWellFormed(),
    diff: diff.slice(0, MAX_DIFF).toWellFormed(),
    cut: diff.length > MAX_DIFF,
    committed,
  }
}

/** git would look at them by their own configuration. */
const apart = ['--ignore-submodules=dirty']

const plain = ['--no-ext-diff', '--no-textconv', '--no-color', '--submodule=short']

async function gitOf(env: NodeJS.ProcessEnv, workspace: Workspace): Promise<Git | undefined> {
  const program = await findGit(workspace)
  if (program === undefined) return undefined
  const clean = {...scrubbedEnv(env), GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'none', GIT_PAGER: 'cat'}
  const run = (folder: string, args: readonly string[]) => runGit(program, folder, args, clean)
  let filters: Promise<string[]> | undefined
  return async (folder, ...args) => {
    filters ??= filtersOff(run, folder)
    const all = [...withoutPrograms, ...(await filters), ...args]
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(folder, all)
      } catch (error) {
        if (attempt === ATTEMPTS || !ofOthers.test(messageOf(error))) throw error
        await pause(attempt * PAUSE_MS)
      }
    }
  }
}

/** Filters are programs that the configuration names, and of a repository that can be anything. */
async function filtersOff(
  run: (folder: string, args: readonly string[]) => Promise<string>,
  folder: string,
): Promise<string[]> {
  const named = await run(folder, ['config', '--name-only', '--get-regexp', '^filter\\.']).catch(() => '')
  const filters = new Set(named.split('\n').flatMap((line) => /^filter\.(.+)\.[^.]+$/.exec(line)?.[1] ?? []))
  return [...filters].flatMap((filter) =>
    ['smudge=', 'clean=', 'process=', 'required=false'].flatMap((setting) => ['-c', `filter.${filter}.${setting}`]),
  )
}

async function runGit(program: string, cwd: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const {execFile} = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const bounds = {maxBuffer: MAX_BYTES, timeout: MAX_MS, killSignal: 'SIGKILL'} as const
    const child = execFile(
      program,
      [...args],
      {cwd, env, encoding: 'utf8', windowsHide: true, ...bounds},
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout)
        reject(new Error(stderr.trim().split('\n').at(-1)?.slice(0, 300) || messageOf(error).split('\n')[0]))
      },
    )
    child.stdin?.end()
  })
}

/** `app-1a2b3c4d`: people find it by the first part. */
function folderName(root: string): string {
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 8)
  return `${slug(path.basename(root))}-${hash}`
}

function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 30)
    .replaceAll(/^-+|-+$/g, '')
  return plain === '' ? 'task' : plain
}
