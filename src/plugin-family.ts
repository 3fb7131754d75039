import {readFileSync} from 'node:fs'
import path from 'node:path'
import {Config} from '@oclif/core/config'
import {normalizeArgv} from '@oclif/core/help'

export interface LoadOptions {
  /** Folder of our package.json. */
  root: string
  /** Reads the commands themselves and not what the manifest says of them. */
  ignoreManifest: boolean
}

/**
 * oclif's `Config` for these arguments. The plugins that package.json lists (`plugins`, `help`, `which`,
 * `autocomplete`) are loaded only where the arguments name no command of ours or of the person's
 * plugins: they cost each start 7 to 13 ms (min and median of 15).
 */
export async function loadProgram(argv: readonly string[], {root, ignoreManifest}: LoadOptions): Promise<Config> {
  if (argv[0] !== undefined && !argv[0].startsWith('-')) {
    const pjson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const alone = await Config.load({root, ignoreManifest, pjson: {...pjson, oclif: {...pjson.oclif, plugins: []}}})
    const [id = ''] = normalizeArgv(alone, [...argv])
    if (alone.findCommand(id)) return alone
  }
  return Config.load({root, ignoreManifest})
}
