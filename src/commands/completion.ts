import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import {type Shell, scripts, shells} from '../completion/scripts.js'

export default class Completion extends Command {
  static override args = {
    shell: Args.string({description: 'Your shell.', ignoreStdin: true, options: [...shells], required: true}),
  }

  static override description =
    `Commands, flags and their values are completed: models, sessions, settings, deaths, plugins.

bash: eval "$(hermes completion bash)" in ~/.bashrc
zsh: eval "$(hermes completion zsh)" in ~/.zshrc, behind compinit
fish: hermes completion fish | source in ~/.config/fish/config.fish`

  static override examples = ['eval "$(<%= config.bin %> <%= command.id %> bash)"']

  static override summary = 'Print what makes your shell complete hermes by Tab.'

  async run(): Promise<void> {
    const {args} = await this.parse(Completion)
    process.stdout.write(scripts[args.shell as Shell])
  }
}
