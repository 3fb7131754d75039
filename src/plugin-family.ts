import {readFileSync} from 'node:fs'
import path from 'node:path'
import {Config, type Plugin} from '@oclif/core/config'
import {normalizeArgv} from '@oclif/core/help'
import {messageOf} from './errors.js'
import {missingPlugins, missingText} from './lifecycle/missing-plugins.js'
import {isOfPerson, type PluginCode, packOf} from './plugin-code.js'
import {disabledPlugins} from './plugin-set/disabled.js'
import {judgePlugins, type LeftOut} from './plugin-set/left-out.js'

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
  /** Plugins that are there and not used, and why. */
  readonly leftOut: {name: string; wanted: boolean; text: string}[] = []
}

/**
 * oclif's `Config` for these arguments. The plugins that package.json lists (`plugins`, `help`, `which`) are loaded only where the arguments name no command of ours: they cost each start 7 to 13 ms (min and
 * median of 15). Commands of the person's plugins are loaded only where they may be meant: without a manifest oclif
 * imports all of them, and one that hangs would take all of ours with it, `plugins uninstall` too.
 */
export async function loadProgram(argv: readonly string[], options: LoadOptions): Promise<QuietConfig> {
  const {root, ignoreManifest, code, warn} = options
  const pjson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  let loading: QuietConfig | undefined
  const load = async (plugins: readonly string[]) => {
    const config = new QuietConfig({root, ignoreManifest, pjson: {...pjson, oclif: {...pjson.oclif, plugins}}})
    loading = config
    await config.load()
    return config
  }
  let judge: ((plugin: Plugin) => Promise<LeftOut | undefined>) | undefined
  const whyLeftOut = async (plugin: Plugin) => {
    judge ??= judgePlugins({dataDir: loading?.dataDir ?? '', version: pjson.version}, readDisabled(loading, warn))
    return judge(plugin)
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
        : await code.withCommands(
            () => load(family),
            async (plugin) => (await whyLeftOut(plugin)) !== undefined,
          )
  for (const missing of missingPlugins(config)) warn(missingText(missing))
  for (const plugin of [...config.plugins.values()] as Plugin[]) {
    const why = isOfPerson(plugin) ? await whyLeftOut(packOf(plugin)) : undefined
    if (!why) continue
    // The commands about plugins are about these too.
    if (first !== 'plugins') config.plugins.delete(plugin.name)
    config.leftOut.push({name: plugin.name, ...why})
    if (!plugin.parent && (first === 'plugins' ? argv.length === 1 : !why.wanted)) warn(why.text)
  }
  if (config !== own) {
    for (const name of family) if (!config.plugins.has(name)) warn(`${name} is not beside hermes: install hermes again`)
  }
  return config
}

/** A list that can't be read must not take all commands with it. */
function readDisabled(config: Config | undefined, warn: (text: string) => void): string[] {
  try {
    return disabledPlugins(config?.dataDir ?? '')
  } catch (error) {
    warn(`${messageOf(error)}; none is taken for disabled`)
    return []
  }
}
