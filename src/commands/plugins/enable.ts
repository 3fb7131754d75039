import {ChoosePluginCommand} from '../../choose-plugin-command.js'

export default class PluginsEnable extends ChoosePluginCommand {
  static override summary = 'Use a plugin again that was disabled.'

  protected readonly wanted = 'enabled'
}
