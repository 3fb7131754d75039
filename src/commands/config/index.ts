import {Command} from '@oclif/core/command'
import {loadConfig} from '../../config/index.js'

export default class ConfigShow extends Command {
  static override summary = 'Show every setting and where it comes from.'
  static override enableJsonFlag = true

  async run(): Promise<unknown> {
    await this.parse(ConfigShow)
    const config = await loadConfig({cwd: process.cwd(), env: process.env})
    return config.values
  }
}
