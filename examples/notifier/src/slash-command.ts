import type {PluginSlashCommand} from 'hermes-chat'
import {tally} from './hooks.js'
import {send} from './send.js'
import {readSettings} from './settings.js'

/** `/notifier` shows the settings, `/notifier test` sends something. */
export const notifier: PluginSlashCommand = async ({args, sessionKey, config}) => {
  const settings = readSettings(config.configDir)
  if (args === 'test') {
    const time = new Date().toISOString()
    await send({event: 'test', text: 'hermes: this is a test', session: sessionKey, time}, settings)
    return 'a test was sent'
  }
  return [
    `webhook  ${settings.url ?? 'none: set HERMES_NOTIFIER_URL'}`,
    `desktop  ${settings.desktop ? 'on' : 'off'}`,
    `sent     ${tally.sent}, failed ${tally.failed}`,
  ].join('\n')
}
