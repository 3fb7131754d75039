import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import {hermesHome} from '../../platform.js'

export default class PluginsEnable extends Command {
  static override args = {
    name: Args.string({description: 'Of the plugin, as `hermes plugins` lists it.', ignoreStdin: true, required: true}),
  }

  static override summary = 'Use a plugin again that was disabled.'

  async run(): Promise<void> {
    const {args} = await this.parse(PluginsEnable)
    const {choosePlugin} = await import('../../plugin-set/choose.js')
    const {knownPlugins} = await import('../../plugin-set/known.js')
    this.log(
      choosePlugin(
        {dataDir: this.config.dataDir, known: knownPlugins(this.config, hermesHome(process.env))},
        args.name,
        'enabled',
      ),
    )
  }
}
