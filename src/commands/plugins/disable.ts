import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import {hermesHome} from '../../platform.js'

export default class PluginsDisable extends Command {
  static override args = {
    name: Args.string({description: 'Of the plugin, as `hermes plugins` lists it.', ignoreStdin: true, required: true}),
  }

  static override summary = 'Leave a plugin out, and keep it installed.'

  async run(): Promise<void> {
    const {args} = await this.parse(PluginsDisable)
    const {choosePlugin} = await import('../../plugin-set/choose.js')
    const {knownPlugins} = await import('../../plugin-set/known.js')
    this.log(
      choosePlugin(
        {dataDir: this.config.dataDir, known: knownPlugins(this.config, hermesHome(process.env))},
        args.name,
        'disabled',
      ),
    )
  }
}
