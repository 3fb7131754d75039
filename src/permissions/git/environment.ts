import {realpathSync} from 'node:fs'
import path from 'node:path'
import type {Repository, Workspace} from './repository.js'
import type {Shadow} from './shadow.js'

/**
 * What holds for every git that runs unasked, below what the person's own configuration says: his
 * programs are his. Names are fixed, so `GIT_CONFIG_COUNT` is enough; it reaches submodules, too.
 */
const overrides: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.sshCommand', '/bin/false'],
  ['core.alternateRefsCommand', '/bin/false'],
  ['gpg.program', '/bin/false'],
  ['gpg.openpgp.program', '/bin/false'],
  ['gpg.x509.program', '/bin/false'],
  ['gpg.ssh.program', '/bin/false'],
  ['gpg.ssh.defaultKeyCommand', '/bin/false'],
  ['log.showSignature', 'false'],
  ['log.diffMerges', 'separate'],
  ['submodule.recurse', 'false'],
  ['status.submoduleSummary', 'false'],
  ['diff.submodule', 'short'],
  ['safe.bareRepository', 'explicit'],
]

/** Every `GIT_*` of an environment, to be taken out of it. */
export function withoutGit(env: NodeJS.ProcessEnv): Record<string, undefined> {
  return Object.fromEntries(
    Object.keys(env)
      .filter((name) => /^GIT_/i.test(name))
      .map((name) => [name, undefined]),
  )
}

/** What is set, and with undefined taken out, for git in a repository that is replaced by `shadow`. */
export function gitEnvironment(options: {
  env: NodeJS.ProcessEnv
  repository: Repository
  workspace: Workspace
  shadow: Shadow
}): Record<string, string | undefined> {
  const {env, repository, shadow} = options
  const configuration = overrides.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ])
  return {
    ...withoutGit(env),
    // Filters of the person's configuration (`git-lfs`) are found by it.
    PATH: pathOutside(env.PATH ?? '', options.workspace),
    GIT_DIR: shadow.gitDir,
    GIT_COMMON_DIR: shadow.commonDir,
    GIT_WORK_TREE: repository.toplevel,
    GIT_INDEX_FILE: shadow.index,
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PAGER: 'cat',
    GIT_CONFIG_COUNT: String(overrides.length),
    ...Object.fromEntries(configuration),
  }
}

/**
 * The entries of PATH that are absolute and not the workspace's: `npx` puts `node_modules/.bin` first.
 * An empty PATH would mean the working directory.
 */
function pathOutside(value: string, workspace: Workspace): string {
  const outside = value.split(path.delimiter).filter((entry) => {
    if (!path.isAbsolute(entry)) return false
    try {
      return !workspace.contains(realpathSync(entry))
    } catch {
      return false
    }
  })
  return outside.length > 0 ? outside.join(path.delimiter) : '/usr/bin:/bin'
}
