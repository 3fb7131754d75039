import {Command} from '@oclif/core/command'
import {Config} from '@oclif/core/config'

export default class PluginsList extends Command {
  static override summary = 'List installed plugins; the same as `plugins`.'

  static override strict = false

  async run(): Promise<void> {
    // Commands of our own start without the plugin that has the other one.
    const config = await Config.load({root: this.config.root})
    await config.runCommand('plugins', this.argv)
  }
}
