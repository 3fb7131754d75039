import {type Files, systemFiles} from './reading/files.js'
import type {ReadableWorkspace} from './reading/operands.js'
import {trustedFolders} from './reading/program.js'

const kept = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TERM',
  'COLUMNS',
  'NO_COLOR',
  'TMPDIR',
])

/**
 * What a command that nobody was asked about gets of our environment. A list of what is kept: names that
 * load code, name programs or hold keys are too many to be listed. Of PATH the absolute folders; see
 * `readingEnv`.
 */
export function scrubbedEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const scrubbed: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (kept.has(name) || /^LC_[A-Z]+$/.test(name))) scrubbed[name] = value
  }
  if (scrubbed.PATH !== undefined) {
    scrubbed.PATH = scrubbed.PATH.split(':')
      .filter((folder) => folder.startsWith('/'))
      .join(':')
  }
  return scrubbed
}

/** `scrubbedEnv` with the PATH that programs were found by: some are scripts that run others. */
export async function readingEnv(
  env: NodeJS.ProcessEnv,
  workspace: ReadableWorkspace,
  files: Files = systemFiles,
): Promise<NodeJS.ProcessEnv> {
  const folders = await trustedFolders(env.PATH ?? '', {workspace, files})
  return {...scrubbedEnv(env), PATH: folders.join(':')}
}
