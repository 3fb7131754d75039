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

export function matchingCommands(commands: readonly CommandInfo[], word: string): CommandInfo[] {
  const wanted = word.toLowerCase()
  return commands.filter((command) => [command.name, ...command.aliases].some((name) => name.startsWith(wanted)))
}

/** What Tab makes of a draft: the only match and a space, or as much as all matches share. */
export function completeDraft(commands: readonly CommandInfo[], draft: string): string | undefined {
  const word = commandWord(draft)
  if (word === undefined) return undefined
  const names = commands.flatMap((command) => {
    const name = [command.name, ...command.aliases].find((candidate) => candidate.startsWith(word.toLowerCase()))
    return name === undefined ? [] : [name]
  })
  const [first] = names
  if (first === undefined) return undefined
  if (names.length === 1) return `/${first} `
  let shared = first
  for (const name of names) while (!name.startsWith(shared)) shared = shared.slice(0, -1)
  return shared.length > word.length ? `/${shared}` : undefined
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
    .map((candidate) => ({candidate, distance: distance(name, candidate)}))
    .filter((entry) => entry.distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return {candidates: near.slice(0, 3).map((entry) => entry.candidate)}
}

/** Edits between two words; a swap of neighbours counts as one. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({length: to.length + 1}, (_, index) => index)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= from.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        best = Math.min(best, at(i - 2, j - 2) + 1)
      rows[i]?.push(best)
    }
  }
  return at(from.length, to.length)
}
