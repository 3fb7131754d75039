import {editDistance} from '../../refusal/closest.js'

/** A slash command as completion and help see it. */
export interface CommandInfo {
  name: string
  aliases: readonly string[]
  /** `[title]`, `WORDS`; empty when it takes nothing. */
  args: string
  summary: string
}

/** The word of a draft that is about to become a command; undefined when it is something else. */
export function commandWord(draft: string): string | undefined {
  return /^\/([^\s/]*)$/.exec(draft)?.[1]
}

/** A draft is a command if it starts with one slash and a word; `//` is a literal slash. */
export function parseCommand(text: string): {name: string; args: string} | undefined {
  const match = /^\/([^\s/]*)(?:\s+([\s\S]*))?$/.exec(text.trim())
  return match ? {name: (match[1] ?? '').toLowerCase(), args: (match[2] ?? '').trim()} : undefined
}

/** The command that was meant: by name, alias or unique beginning. */
export function resolveCommand<C extends CommandInfo>(
  commands: readonly C[],
  name: string,
): {command: C} | {candidates: string[]} {
  const exact = commands.find((command) => command.name === name || command.aliases.includes(name))
  if (exact) return {command: exact}
  const begun = commands.filter((command) => name !== '' && command.name.startsWith(name))
  const [only] = begun
  if (only && begun.length === 1) return {command: only}
  if (begun.length > 1) return {candidates: begun.map((command) => command.name)}
  const names = commands.flatMap((command) => [command.name, ...command.aliases])
  const near = names
    .map((candidate) => ({candidate, distance: editDistance(name, candidate)}))
    .filter((entry) => entry.distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return {candidates: near.slice(0, 3).map((entry) => entry.candidate)}
}
