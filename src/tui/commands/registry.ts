import {messageOf} from '../../errors.js'
import {parseCommand, resolveCommand} from '../composer/slash-command.js'
import {agentCommands} from './agents/agents-command.js'
import {argumentsOf} from './arguments.js'
import {chatCommands} from './chat-commands.js'
import {isBuiltIn} from './gateway/desk.js'
import {runOnGateway} from './gateway/run.js'
import {helpCommands} from './help.js'
import {imageCommands} from './image-commands.js'
import {jobCommands} from './jobs-command.js'
import {keyCommands} from './key-commands.js'
import {modelCommands} from './model-commands.js'
import {permissionCommands} from './permission-commands.js'
import {queueCommands} from './queue-command.js'
import {rewindCommands} from './rewind/rewind.js'
import {sessionCommands} from './session-commands.js'
import {shellCommands} from './shell-commands.js'
import {themeCommands} from './theme-command.js'
import type {CommandContext, SlashCommand} from './types.js'

/** All slash commands, in the order of help and completion. */
export const slashCommands: readonly SlashCommand[] = [
  ...chatCommands,
  ...sessionCommands,
  ...modelCommands,
  ...permissionCommands,
  ...themeCommands,
  ...shellCommands,
  ...jobCommands,
  ...agentCommands,
  ...imageCommands,
  ...helpCommands,
  ...keyCommands,
  ...queueCommands,
  ...rewindCommands,
]
  .map(withArgument)
  .sort((a, b) => (a.name < b.name ? -1 : 1))

function withArgument(command: SlashCommand): SlashCommand {
  const argument = command.argument ?? argumentsOf(command)
  return argument ? {...command, argument} : command
}

/** A command that says nothing for so long is echoed without what it will say. */
const ECHO_MS = 200

/** Runs `text` as a command; false if it is none. Never rejects. */
export function runCommand(context: CommandContext, text: string): boolean {
  const parsed = parseCommand(text)
  if (!parsed) return false
  const found = resolveCommand(context.commands, parsed.name)
  if ('command' in found) {
    start(context, found.command.name, () => found.command.run(context, parsed.args))
    return true
  }
  const {view} = context.store.state
  // Quick commands and skills need not be in its catalogue.
  if (found.candidates.length === 0 && view.session && !isBuiltIn(view.capabilities)) {
    start(context, parsed.name, () => runOnGateway(context, parsed.name, parsed.args))
    return true
  }
  start(context, parsed.name, async () => {
    const {commands, untrusted} = await context.learn()
    const now = resolveCommand(commands, parsed.name)
    if ('command' in now) return now.command.run(context, parsed.args)
    const names = now.candidates.map((name) => `/${name}`).join(', ')
    const remedy = names ? `did you mean ${names}?` : '/help lists the commands'
    context.notice('warn', `no command /${parsed.name}: ${remedy} (//${parsed.name} sends it as text)`)
    if (untrusted !== undefined) context.notice('info', untrusted)
  })
  return true
}

function start(context: CommandContext, name: string, run: () => void | Promise<void>): void {
  const late = setTimeout(() => context.echo(), ECHO_MS)
  const ran = async () => run()
  ran()
    .catch((error) => context.notice('error', `/${name}: ${messageOf(error)}`))
    .finally(() => {
      clearTimeout(late)
      context.echo()
    })
}
