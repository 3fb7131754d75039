import {Command} from '@oclif/core'
import {send} from '../../send.js'
import {readSettings} from '../../settings.js'

export default class NotifierTest extends Command {
  static override summary = 'Send a test to the webhook and the desktop.'

  async run(): Promise<void> {
    await this.parse(NotifierTest)
    const settings = readSettings(this.config.configDir)
    if (settings.url === undefined && !settings.desktop) {
      this.error('nowhere to send it: set HERMES_NOTIFIER_URL', {exit: 2})
    }
    const time = new Date().toISOString()
    await send({event: 'test', text: 'hermes: this is a test', session: undefined, time}, settings)
    this.log('a test was sent')
  }
}
