import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {exitCodes, HermesError} from '../../errors.js'
import {PluginCode} from '../../plugin-code.js'
import {loadProgram} from '../../plugin-family.js'

const family = '@oclif/plugin-plugins'

export default class PluginsReset extends Command {
  static override flags = {
    hard: Flags.boolean({description: "Delete also node_modules and the package manager's own files."}),
    reinstall: Flags.boolean({description: 'Install all of them again afterwards.'}),
    yes: Flags.boolean({char: 'y', description: 'Remove them without asking.'}),
  }

  static override summary = 'Remove all installed and linked plugins, after a question.'

  async run(): Promise<void> {
    const {flags} = await this.parse(PluginsReset)
    const quiet = () => {}
    const code = new PluginCode(this.config.root, quiet)
    const config = await loadProgram(['plugins'], {root: this.config.root, ignoreManifest: false, code, warn: quiet})
    const names = [...config.plugins.values()].flatMap(({name, type}) => (type === 'core' ? [] : [name]))
    if (!flags.yes && !(await agreed(names))) {
      throw new HermesError('nothing was removed', {
        code: 'plugins/not-agreed',
        exit: exitCodes.usage,
        suggestions: [
          'hermes plugins reset --yes, where nobody can be asked',
          'hermes plugins uninstall NAME, for one',
        ],
      })
    }
    // By name: the command of that name is this one.
    const reset = await config.plugins.get(family)?.findCommand('plugins:reset', {must: true})
    if (!reset)
      throw new HermesError(`${family} is not beside hermes: install hermes again`, {code: 'plugins/no-family'})
    const passed = [...(flags.hard ? ['--hard'] : []), ...(flags.reinstall ? ['--reinstall'] : [])]
    await code.running(config, 'plugins:reset', () => reset.run(passed, config))
  }
}

async function agreed(names: readonly string[]): Promise<boolean> {
  const {confirm} = await import('../../confirm.js')
  const list = names.length === 0 ? 'what is left of plugins' : names.join(', ')
  return confirm(`This removes ${list}. Remove?`)
}
