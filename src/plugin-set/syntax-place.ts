import {execFile} from 'node:child_process'
import {readdirSync} from 'node:fs'
import path from 'node:path'
import {placeIn} from '../lifecycle/error-place.js'

/** More files are not looked through for the one that can't be parsed. */
const MAX_FILES = 50
const TIMEOUT_MS = 5000

/**
 * Where a plugin can't be parsed, `dist/hooks.js:2`: the error that Node throws says it only when it prints it. The modules
 * that it names first, then those beside them. Undefined where none is found.
 */
export async function syntaxPlace(root: string, modules: readonly string[]): Promise<string | undefined> {
  const beside = [...new Set(modules.map((file) => path.dirname(file)))].flatMap(scriptsIn)
  for (const file of [...new Set([...modules, ...beside])].slice(0, MAX_FILES)) {
    const said = await check(file)
    const place = said === undefined ? undefined : placeIn(said, root)
    if (place !== undefined) return place
  }
  return undefined
}

function scriptsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.[cm]?js$/.test(name))
      .map((name) => path.join(folder, name))
  } catch {
    return []
  }
}

/** What Node says of a file that it can't parse; undefined where it can. */
function check(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', file], {timeout: TIMEOUT_MS}, (error, _, stderr) =>
      resolve(error ? stderr : undefined),
    )
  })
}
