import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {hermesHome} from '../../platform.js'

export default class PluginsWatch extends Command {
  static override args = {
    plugin: Args.string({
      description:
        'Name of a plugin, a folder or a .ts or .js file; without it the plugin in this folder, or the only one.',
      ignoreStdin: true,
    }),
  }

  static override description =
    'After each change the plugin is loaded anew in a process of its own: what it subscribes to is shown, or what is wrong and in which line. A chat that runs keeps what it has loaded. Ctrl+C ends it. Where the plugin is built, let the build run beside it: npx tsc --watch.'

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> ./my-plugin --event gateway:exit --event tool:before',
  ]

  static override flags = {
    event: Flags.string({
      description: 'Send a sample of this event to its hooks after each change, as `plugins test` does.',
      multiple: true,
    }),
  }

  static override summary = 'Check a plugin whenever it changes.'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(PluginsWatch)
    const {findPlugin} = await import('../../plugin-set/find-plugin.js')
    const {eventFor} = await import('../../plugin-set/try-event.js')
    const {watchAndCheck} = await import('../../plugin-set/watch.js')
    const {loadConfig} = await import('../../config/index.js')
    const {env} = process
    const cwd = process.cwd()
    const home = hermesHome(env)
    const events = (flags.event ?? []).map((event) => eventFor(event, []))
    const plugin = findPlugin(args.plugin, {host: this.config, home, cwd})
    const {values} = await loadConfig({cwd, env})
    const end = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort())
    await watchAndCheck(plugin, {
      host: this.config,
      home,
      env,
      timeoutMs: values['hooks.timeoutMs'],
      events,
      now: () => new Date().toTimeString().slice(0, 8),
      say: (line) => this.log(line),
      signal: end.signal,
    })
  }
}
