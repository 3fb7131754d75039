import {execFile} from 'node:child_process'
import path from 'node:path'
import {messageOf} from '../../errors.js'
import {Doubt, readRegular} from './files.js'
import type {Repository} from './repository.js'
import {isOn, lastValue, parseSettings, type Setting, safeSettings} from './settings.js'

const MOST_BYTES = 1024 * 1024
/** A listing takes 2 ms; on a machine under load it was never seen to take 200. */
const LISTING_MS = 5000

export interface Settings {
  /** All of the repository's own, as they stand there. */
  all: readonly Setting[]
  /** Those that are handed on. */
  safe: readonly Setting[]
  /** `core.worktree`, where it counts. */
  worktree: string | undefined
}

/**
 * The configuration of a repository. git parses it but never opens it: a FIFO or a device would hold
 * it, and what is included is not read at all.
 */
export async function readSettings(
  {gitDir, commonDir, kind}: Repository,
  run: {program: string; env: NodeJS.ProcessEnv},
): Promise<Settings> {
  const common = await listed(path.join(commonDir, 'config'), run)
  const own = isOn(lastValue(common, 'extensions', 'worktreeconfig'))
    ? await listed(path.join(gitDir, 'config.worktree'), run)
    : []
  if (kind === 'folder' && isOn(lastValue([...common, ...own], 'core', 'bare')))
    throw new Doubt(`${gitDir} says that it has no work tree`)
  return {
    all: [...common, ...own],
    safe: safeSettings(common, own),
    worktree: lastValue(kind === 'worktree' ? own : [...common, ...own], 'core', 'worktree'),
  }
}

async function listed(file: string, run: {program: string; env: NodeJS.ProcessEnv}): Promise<readonly Setting[]> {
  const read = await readRegular(file, MOST_BYTES)
  if (!read || read.bytes.length === 0) return []
  const {bytes} = read
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      run.program,
      ['config', '--file', '-', '--no-includes', '-z', '--list'],
      {
        cwd: '/',
        // It looks for no repository, and for no configuration but this.
        env: {...run.env, GIT_DIR: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null'},
        encoding: 'latin1',
        timeout: LISTING_MS,
        killSignal: 'SIGKILL',
        maxBuffer: 4 * MOST_BYTES,
      },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    )
    // It may end before it has read all; how it ended is told by its callback.
    child.stdin?.on('error', () => {}).end(bytes)
  }).catch((error) => {
    throw new Doubt(`git can't read ${file}: ${messageOf(error).trim()}`)
  })
  return parseSettings(output)
}
