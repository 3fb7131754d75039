import {begunMention} from '../../protocol/mention.js'
import {type CommandInfo, commandWord} from '../composer/slash-command.js'

/** What is being typed at the cursor, as far as a list could help. `from` to `to` is what a choice replaces. */
export type Token =
  | {kind: 'command'; from: number; to: number; query: string}
  | {kind: 'argument'; from: number; to: number; query: string; command: string}
  | {kind: 'path'; from: number; to: number; query: string}

/** A longer line is no name that anybody completes. */
const LOOKED_BACK = 1024

export function tokenAt(text: string, cursor: number, commands: readonly CommandInfo[]): Token | undefined {
  // A command is completed at its end alone: behind the cursor stands what belongs to it.
  if (cursor === text.length && text.length <= LOOKED_BACK) {
    const word = commandWord(text)
    if (word !== undefined) return {kind: 'command', from: 0, to: cursor, query: word}
    const [, head, name, query = ''] = /^(\/([^\s/]+)[ \t]+)([^\n]*)$/.exec(text) ?? []
    const command = name === undefined ? undefined : named(commands, name.toLowerCase())
    if (head !== undefined && command) {
      return {kind: 'argument', from: head.length, to: cursor, query: query.trim(), command: command.name}
    }
  }
  const start = Math.max(0, cursor - LOOKED_BACK)
  const mention = begunMention(text.slice(start, cursor))
  if (!mention) return undefined
  const from = start + mention.start
  const query = text.slice(from, cursor)
  // The quote that closes it stands there already.
  return {kind: 'path', from, to: query.startsWith('@"') && text[cursor] === '"' ? cursor + 1 : cursor, query}
}

function named<C extends CommandInfo>(commands: readonly C[], name: string): C | undefined {
  return commands.find((command) => command.name === name || command.aliases.includes(name))
}
