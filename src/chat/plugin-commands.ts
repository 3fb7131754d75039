import type {Dispatcher, PluginCommand} from '../lifecycle/dispatcher.js'
import {slashCommands} from '../tui/commands/registry.js'
import type {SlashCommand} from '../tui/commands/types.js'

/** The slash commands of plugins for the screen. A name that is taken is left out, and said to `notify`. */
export function pluginCommands(
  {commands, problems}: Pick<Dispatcher, 'commands' | 'problems'>,
  {cwd, notify}: {cwd: string; notify: (text: string) => void},
): SlashCommand[] {
  for (const problem of problems) notify(problem)
  const owners = new Map(slashCommands.flatMap(({name, aliases}) => [name, ...aliases].map((one) => [one, 'hermes'])))
  return commands.flatMap((command) => {
    const owner = owners.get(command.name)
    if (owner !== undefined) {
      notify(`plugin ${command.plugin}: its slash command /${command.name} is left out, ${owner} has one of that name`)
      return []
    }
    owners.set(command.name, command.plugin)
    return [slashCommand(command, cwd)]
  })
}

function slashCommand(command: PluginCommand, cwd: string): SlashCommand {
  const {name, args, description, plugin} = command
  return {
    name,
    aliases: [],
    args,
    summary: description || `of plugin ${plugin}`,
    async run({store, delivery, notice, output}, typed) {
      const outcome = await command.run({name, args: typed, sessionKey: store.state.session.key, cwd})
      if (!outcome.ok) notice('error', `/${name} of plugin ${plugin} failed (${outcome.kind}): ${outcome.message}`)
      else if (typeof outcome.answer === 'string') output(outcome.answer)
      else if (outcome.answer) delivery.enqueue(outcome.answer.prompt)
    },
  }
}
