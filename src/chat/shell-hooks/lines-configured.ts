import {readFileSync} from 'node:fs'
import path from 'node:path'
import {userConfigDirectory} from '../../config/paths.js'

const places = ['config.yaml', 'config.yml', 'config.json']

/**
 * Whether the person's own configuration says anything of plain lines: a screen is drawn before it is read, and who
 * cannot use one gets none, not even for a moment.
 */
export function mentionsLines(env: NodeJS.ProcessEnv): boolean {
  const own = places.map((name) => path.join(userConfigDirectory(env), name))
  const named = env.HERMES_CONFIG?.trim()
  return [...own, ...(named ? [named] : [])].some((file) => textOf(file).includes('screenReader'))
}

/** What is wrong with a file is told by who reads it for good. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
