import {messageOf} from '../../errors.js'
import {parseCommand, resolveCommand} from '../composer/completion.js'
import {chatCommands} from './chat-commands.js'
import {isBuiltIn} from './gateway/desk.js'
import {runOnGateway} from './gateway/run.js'
import {permissionCommands} from './permission-commands.js'
import {sessionCommands} from './session-commands.js'
import type {CommandContext, SlashCommand} from './types.js'

/** All slash commands, in the order of help and completion. */
export const slashCommands: readonly SlashCommand[] = [...chatCommands, ...sessionCommands, ...permissionCommands].sort(
  (a, b) => (a.name < b.name ? -1 : 1),
)

/** Runs `text` as a command; false if it is none. Never rejects. */
export function runCommand(context: CommandContext, text: string): boolean {
  const parsed = parseCommand(text)
  if (!parsed) return false
  const found = resolveCommand(context.commands, parsed.name)
  if ('candidates' in found) {
    const {view} = context.store.state
    // Quick commands and skills need not be in its catalogue.
    if (found.candidates.length === 0 && view.session && !isBuiltIn(view.capabilities)) {
      void runOnGateway(context, parsed.name, parsed.args)
      return true
    }
    const names = found.candidates.map((name) => `/${name}`).join(', ')
    const remedy = names ? `did you mean ${names}?` : '/help lists the commands'
    context.notice('warn', `no command /${parsed.name}: ${remedy} (//${parsed.name} sends it as text)`)
    return true
  }
  const ran = async () => found.command.run(context, parsed.args)
  ran().catch((error) => context.notice('error', `/${found.command.name}: ${messageOf(error)}`))
  return true
}
