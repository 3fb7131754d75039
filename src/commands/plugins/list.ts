import {Command} from '@oclif/core/command'
import {filePlugins} from '../../lifecycle/file-plugins.js'
import {hermesHome} from '../../platform.js'
import {PluginCode} from '../../plugin-code.js'
import {loadProgram} from '../../plugin-family.js'

export default class PluginsList extends Command {
  static override summary = 'List installed plugins; the same as `plugins`.'

  static override strict = false

  async run(): Promise<void> {
    // Commands of our own start without the plugin that has the other one.
    const quiet = () => {}
    const code = new PluginCode(this.config.root, quiet)
    const config = await loadProgram(['plugins'], {root: this.config.root, ignoreManifest: false, code, warn: quiet})
    const files = this.argv.includes('--json') ? [] : filePlugins(hermesHome(process.env))
    const hasOthers = [...config.plugins.values()].some(({type}) => type === 'user' || type === 'link')
    // It says that there are none.
    if (files.length === 0 || hasOthers || this.argv.length > 0)
      await code.running(config, 'plugins', () => config.runCommand('plugins', this.argv))
    for (const name of files) this.log(`${name} (file)`)
    for (const {text} of config.leftOut) this.logToStderr(text)
  }
}
