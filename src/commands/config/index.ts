import {colorize} from '@oclif/core/ux'
import {describeSettings, homeDirectory, loadConfig, originText, shortPath, valueText} from '../../config/index.js'
import {JsonCommand} from '../../json-command.js'

export default class Config extends JsonCommand {
  static override description =
    'Values come, each over the one before, from the defaults, your own file, the file that HERMES_CONFIG names, the project’s file, the environment and flags. Secrets are cut.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']
  static override summary = 'Show every setting and where it comes from.'

  async run(): Promise<unknown> {
    await this.parse(Config)
    const config = await loadConfig({cwd: process.cwd(), env: process.env})
    const settings = describeSettings(config)
    for (const warning of config.warnings) this.logToStderr(`warning: ${warning}`)

    for (const hint of config.hints) this.logToStderr(`note: ${hint.text}`)

    const home = homeDirectory(process.env)
    const rows = settings.map(({key, value, origin}) => [key, valueText(value), originText(origin, home)] as const)
    const keyWidth = Math.max(...rows.map(([key]) => key.length))
    const room = process.stdout.isTTY ? Math.max(20, process.stdout.columns - keyWidth - 30) : Number.POSITIVE_INFINITY
    const texts = rows.map(([, text]) => (text.length > room ? `${text.slice(0, room - 1)}…` : text))
    // A long system prompt must not push the origin of everything else off the screen.
    const valueWidth = Math.min(40, Math.max(...texts.map((text) => text.length)))
    rows.forEach(([key, , from], index) => {
      const isDefault = from === 'default'
      const text = (texts[index] ?? '').padEnd(valueWidth)
      const value = isDefault ? text : colorize('bold', text)
      this.log(`${colorize('cyan', key.padEnd(keyWidth))}  ${value}  ${colorize(isDefault ? 'dim' : 'green', from)}`)
    })
    this.log()
    for (const file of config.files)
      this.log(`${file.trusted ? 'read' : 'read, not trusted'}: ${shortPath(file.path, home)}`)
    if (config.files.length === 0)
      this.log(`No configuration file was found; ${this.config.bin} config path says where one may be.`)

    return {
      version: 1,
      settings: Object.fromEntries(settings.map(({key, value, origin}) => [key, {value, origin}])),
      files: config.files,
      warnings: config.warnings,
      hints: config.hints.map(({text}) => text),
    }
  }
}
