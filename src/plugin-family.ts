import {readFileSync} from 'node:fs'
import path from 'node:path'
import {Config} from '@oclif/core/config'
import {normalizeArgv} from '@oclif/core/help'
import {missingPlugins, missingText} from './lifecycle/missing-plugins.js'
import type {PluginCode} from './plugin-code.js'

export interface LoadOptions {
  /** Folder of our package.json. */
  root: string
  /** Reads the commands themselves and not what the manifest says of them. */
  ignoreManifest: boolean
  code: PluginCode
  /** Told of each plugin that is left out. */
  warn: (text: string) => void
}

/** What oclif says of a plugin that it can't load names neither the plugin nor the remedy. */
class QuietConfig extends Config {
  protected override warned = true
}

/**
 * oclif's `Config` for these arguments. The plugins that package.json lists (`plugins`, `help`, `which`,
 * `autocomplete`) are loaded only where the arguments name no command of ours: they cost each start 7 to 13 ms (min and
 * median of 15). Commands of the person's plugins are loaded only where they may be meant: without a manifest oclif
 * imports all of them, and one that hangs would take all of ours with it, `plugins uninstall` too.
 */
export async function loadProgram(argv: readonly string[], options: LoadOptions): Promise<Config> {
  const {root, ignoreManifest, code, warn} = options
  const pjson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const load = async (plugins: readonly string[]) => {
    const config = new QuietConfig({root, ignoreManifest, pjson: {...pjson, oclif: {...pjson.oclif, plugins}}})
    await config.load()
    return config
  }
  const has = (config: Config) => config.findCommand(normalizeArgv(config, [...argv])[0] ?? '') !== undefined
  const family: string[] = pjson.oclif.plugins
  const [first] = argv
  const own = first?.startsWith('-') === false ? await code.withoutCommands(() => load([])) : undefined
  const config =
    own && has(own)
      ? own
      : first === 'plugins'
        ? await code.withoutCommands(() => load(family))
        : await code.withCommands(() => load(family))
  for (const missing of missingPlugins(config)) warn(missingText(missing))
  if (config !== own) {
    for (const name of family) if (!config.plugins.has(name)) warn(`${name} is not beside hermes: install hermes again`)
  }
  return config
}
