import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import {hermesHome} from './platform.js'

/** `plugins enable` and `plugins disable`. */
export abstract class ChoosePluginCommand extends Command {
  static override args = {
    name: Args.string({description: 'Of the plugin, as `hermes plugins` lists it.', ignoreStdin: true, required: true}),
  }

  protected abstract readonly wanted: 'enabled' | 'disabled'

  async run(): Promise<void> {
    const {args} = await this.parse(ChoosePluginCommand)
    const {choosePlugin} = await import('./plugin-set/choose.js')
    const {knownPlugins} = await import('./plugin-set/known.js')
    const known = knownPlugins(this.config, hermesHome(process.env))
    this.log(choosePlugin({dataDir: this.config.dataDir, known}, args.name, this.wanted))
  }
}
