import {messageOf} from '../../errors.js'
import {parseCommand, resolveCommand} from '../composer/completion.js'
import {chatCommands} from './chat-commands.js'
import {permissionCommands} from './permission-commands.js'
import {sessionCommands} from './session-commands.js'
import {themeCommands} from './theme-command.js'
import type {CommandContext, SlashCommand} from './types.js'

/** All slash commands, in the order of help and completion. */
export const slashCommands: readonly SlashCommand[] = [
  ...chatCommands,
  ...sessionCommands,
  ...permissionCommands,
  ...themeCommands,
].sort((a, b) => (a.name < b.name ? -1 : 1))

/** A command that says nothing for so long is echoed without what it will say. */
const ECHO_MS = 200

/** Runs `text` as a command; false if it is none. Never rejects. */
export function runCommand(context: CommandContext, text: string): boolean {
  const parsed = parseCommand(text)
  if (!parsed) return false
  const found = resolveCommand(context.commands, parsed.name)
  if ('candidates' in found) {
    const names = found.candidates.map((name) => `/${name}`).join(', ')
    const remedy = names ? `did you mean ${names}?` : '/help lists the commands'
    context.notice('warn', `no command /${parsed.name}: ${remedy} (//${parsed.name} sends it as text)`)
    return true
  }
  const ran = async () => found.command.run(context, parsed.args)
  const late = setTimeout(() => context.echo(), ECHO_MS)
  ran()
    .catch((error) => context.notice('error', `/${found.command.name}: ${messageOf(error)}`))
    .finally(() => {
      clearTimeout(late)
      context.echo()
    })
  return true
}
