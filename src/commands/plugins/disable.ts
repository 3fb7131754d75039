import {ChoosePluginCommand} from '../../choose-plugin-command.js'

export default class PluginsDisable extends ChoosePluginCommand {
  static override summary = 'Leave a plugin out, and keep it installed.'

  protected readonly wanted = 'disabled'
}
