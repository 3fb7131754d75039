import {execFileSync, spawnSync} from 'node:child_process'
import {chmodSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {prepareGit} from '../../../src/permissions/git/prepare.js'
import type {Workspace} from '../../../src/permissions/git/repository.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'

export interface Output {
  code: number | null
  stdout: string
  stderr: string
}

/** Where git is tried: a home with the person's own configuration, a workspace, and a canary that tells what ran. */
export interface Lab {
  sandbox: Sandbox
  env: NodeJS.ProcessEnv
  workspace: Workspace
  folder: string
  runFolder: string
  /** A shell command that notes down `name` and passes its input on, as a filter does. */
  canary(name: string): string
  /** What ran since the last call. */
  sang(): string[]
  /** Plain git, as a person types it; throws where it fails. */
  git(cwd: string, ...args: string[]): string
  /** The same, whatever it ends with. */
  plain(cwd: string, args: readonly string[]): Output
  /** git by way of `prepareGit`. */
  prepared(cwd: string, args: readonly string[]): Promise<Output | {ask: string}>
}

export const program = process.env.PATH?.split(path.delimiter)
  .map((folder) => path.join(folder, 'git'))
  .find((file) => existsSync(file))

export function createLab(): Lab {
  if (program === undefined) throw new Error('there is no git')
  const git = program
  const sandbox = createSandbox()
  const env: NodeJS.ProcessEnv = {...sandbox.env, TZ: 'UTC', LC_ALL: 'C'}
  sandbox.write(
    'home/.gitconfig',
    '[user]\n\tname = A B\n\temail = a@b.c\n[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n',
  )
  const songs = path.join(sandbox.directory, 'songs')
  const bird = sandbox.write('bird', `#!/bin/sh\nprintf '%s\\n' "$1" >> '${songs}'\nexec cat\n`)
  chmodSync(bird, 0o755)
  const folder = sandbox.project
  const workspace: Workspace = {
    contains: (file) => file === folder || file.startsWith(`${folder}/`),
    isSecret: (file) => path.basename(file).startsWith('.env'),
  }
  const runFolder = path.join(sandbox.home, '.hermes', 'run')
  const run = (args: readonly string[], cwd: string, extra: Readonly<Record<string, string | undefined>>): Output => {
    const ended = spawnSync(git, args, {
      cwd,
      env: {...env, ...extra},
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 10_000,
    })
    if (ended.error) throw ended.error
    return {code: ended.status, stdout: ended.stdout, stderr: ended.stderr}
  }
  return {
    sandbox,
    env,
    workspace,
    folder,
    runFolder,
    canary: (name) => `'${bird}' ${name}`,
    sang: () => {
      if (!existsSync(songs)) return []
      const names = readFileSync(songs, 'utf8').trim().split('\n')
      rmSync(songs)
      return [...new Set(names)]
    },
    git: (cwd, ...args) =>
      execFileSync(git, args, {cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000}),
    plain: (cwd, args) => run(args, cwd, {}),
    prepared: async (cwd, args) => {
      const ready = await prepareGit(args, {cwd, workspace, env, runFolder, program: git})
      if ('ask' in ready) return ready
      const output = run(ready.command.args, cwd, ready.command.env ?? {})
      await ready.release()
      return output
    },
  }
}

/** A repository with two branches that met in a conflict, a tag, a stash, a touched and a changed file. */
export function createRepository(lab: Lab, folder: string): string {
  const put = (name: string, text: string) =>
    lab.sandbox.write(path.relative(lab.sandbox.directory, path.join(folder, name)), text)
  put('a.txt', 'one\ntwo\nthree\n')
  put('sub/b.txt', 'b\n')
  put('.env', 'KEY=1\n')
  lab.git(lab.folder, 'init', '-q', folder)
  lab.git(folder, 'add', '.')
  lab.git(folder, 'commit', '-qm', 'first')
  lab.git(folder, 'tag', '-am', 'a tag', 'v1')
  lab.git(folder, 'checkout', '-qb', 'side')
  put('a.txt', 'one\nTWO of side\nthree\n')
  lab.git(folder, 'commit', '-qam', 'side')
  lab.git(folder, 'checkout', '-q', 'main')
  put('a.txt', 'one\nTWO of main\nthree\n')
  lab.git(folder, 'commit', '-qam', 'main')
  lab.plain(folder, ['merge', '-q', 'side'])
  put('a.txt', 'one\nTWO of both\nthree\n')
  lab.git(folder, 'commit', '-qam', 'merged')
  put('sub/b.txt', 'stashed\n')
  lab.git(folder, 'stash', '-q')
  touch(folder)
  put('sub/b.txt', 'bb\n')
  return folder
}

/** A file with other times and the same text: git has to read it, through its filters. */
export function touch(folder: string): void {
  const file = path.join(folder, 'a.txt')
  const text = readFileSync(file)
  rmSync(file)
  writeFileSync(file, text)
}

export function copyRepository(from: string, to: string): string {
  cpSync(from, to, {recursive: true, preserveTimestamps: true, verbatimSymlinks: true})
  return to
}

/** Name, kind, size and times of everything below a folder; reading does not change it. */
export function snapshot(folder: string): string {
  const lines: string[] = []
  const walk = (at: string) => {
    const stats = lstatSync(at)
    lines.push(
      `${path.relative(folder, at)} ${stats.mode} ${stats.size} ${stats.isDirectory() ? '' : stats.ino} ${stats.mtimeMs}`,
    )
    if (stats.isDirectory()) for (const name of readdirSync(at).sort()) walk(path.join(at, name))
  }
  walk(folder)
  return lines.join('\n')
}
