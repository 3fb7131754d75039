import path from 'node:path'
import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'

export default class PluginsCreate extends Command {
  static override args = {
    name: Args.string({description: 'Of the package, and of its folder.', ignoreStdin: true, required: true}),
  }

  static override description =
    'TypeScript, with tests that pass at once and a README that says what comes next. Nothing is fetched or installed.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> my-plugin',
    '<%= config.bin %> <%= command.id %> my-plugin --only hooks --only slash-command',
  ]

  static override flags = {
    only: Flags.string({
      description: 'What it shall have; all but tool-hooks, where nothing is said.',
      multiple: true,
      options: ['hooks', 'tool-hooks', 'slash-command', 'command'],
    }),
  }

  static override summary = 'Begin a plugin in a new folder.'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(PluginsCreate)
    const {createPlugin} = await import('../../plugin-set/create.js')
    const {parts, usualParts} = await import('../../plugin-set/scaffold.js')
    const {folder, files} = createPlugin({
      name: args.name,
      parts: flags.only ? parts.filter((part) => flags.only?.includes(part)) : usualParts,
      cwd: process.cwd(),
      root: this.config.root,
    })
    this.log(`${path.basename(folder)} is in ${folder}:`)
    for (const file of files) this.log(`  ${file}`)
    this.log(
      `\nNext:\n  cd ${path.basename(folder)}\n  npm test\n  npm install && npm run build\n  hermes plugins link . --no-install`,
    )
  }
}
