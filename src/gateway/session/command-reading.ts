import path from 'node:path'
import {prepareGit} from '../../permissions/git/prepare.js'
import {judgeReading, type ReadingJudgement} from '../../permissions/shell/judge.js'
import {systemFiles} from '../../permissions/shell/reading/files.js'
import {findProgram, trustedFolders} from '../../permissions/shell/reading/program.js'
import {readingEnv, scrubbedEnv} from '../../permissions/shell/scrubbed-env.js'
import type {RunnableCommand} from '../../permissions/types.js'
import type {Workspace} from '../../permissions/workspace.js'
import {homeFiles} from '../../platform.js'

/** Proves of one command that it only reads, git's included, and keeps what git needs until it has run. */
export class CommandReading {
  readonly #workspace: Workspace
  readonly #env: NodeJS.ProcessEnv
  readonly #runFolder: string
  readonly #releases: (() => Promise<void>)[] = []

  constructor({workspace, env, home}: {workspace: Workspace; env: NodeJS.ProcessEnv; home: string}) {
    this.#workspace = workspace
    this.#env = env
    this.#runFolder = path.join(homeFiles(home).runs, 'git')
  }

  readonly judge = (command: string, cwd: string): Promise<ReadingJudgement> =>
    judgeReading(command, {cwd, workspace: this.#workspace, env: this.#env, git: this.git})

  /** Environment of what is proved to only read. */
  env(): Promise<NodeJS.ProcessEnv> {
    return readingEnv(this.#env, this.#workspace)
  }

  /** To be called when the command has ended, or does not run. */
  async release(): Promise<void> {
    await Promise.all(this.#releases.splice(0).map((release) => release()))
  }

  /** A git command that only reads, as it is started; else why it can't be unasked. */
  readonly git = async (args: readonly string[], cwd: string): Promise<{command: RunnableCommand} | {ask: string}> => {
    const workspace = this.#workspace
    const look = {workspace, files: systemFiles}
    const program = await findProgram('git', await trustedFolders(this.#env.PATH ?? '', look), look)
    if (program === undefined) return {ask: 'no git was found where only you can put one'}
    const env = scrubbedEnv(this.#env)
    const prepared = await prepareGit(args, {cwd, workspace, env, runFolder: this.#runFolder, program})
    if ('ask' in prepared) return prepared
    this.#releases.push(prepared.release)
    return {command: prepared.command}
  }
}
