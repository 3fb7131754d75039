import type {CommandInfo} from '../../composer/slash-command.js'
import {oneLine} from '../../text/sanitize.js'
import type {SlashCommand} from '../types.js'

/** More than any catalogue with its skills; what comes after is left out. */
const MAX_COMMANDS = 2000

/** A command that the gateway carries out, as its catalogue tells it. */
export interface GatewayCommand extends CommandInfo {
  /** As it is written to the gateway; `name` is in small letters, as all names here. */
  written: string
}

/**
 * The answer to `commands.catalog`: `{pairs: [['/name', 'what it does']], sub: {'/name': ['argument']}, canon:
 * {'/alias': '/name'}}`. What is not of that form is passed over.
 */
export function readCatalog(answer: Record<string, unknown>): GatewayCommand[] {
  const aliases = new Map<string, string[]>()
  for (const [alias, target] of entriesOf(answer.canon)) {
    const [from, to] = [nameOf(alias), nameOf(target)]
    if (from && to && from !== to) aliases.set(to, [...(aliases.get(to) ?? []), from])
  }
  const sub = new Map(entriesOf(answer.sub).map(([command, words]) => [nameOf(command), words]))
  const found = new Map<string, GatewayCommand>()
  for (const pair of Array.isArray(answer.pairs) ? answer.pairs.slice(0, MAX_COMMANDS) : []) {
    const [command, summary] = Array.isArray(pair) ? pair : []
    const name = nameOf(command)
    if (name === undefined || found.has(name)) continue
    found.set(name, {
      name,
      written: String(command).trim().slice(1),
      aliases: aliases.get(name) ?? [],
      args: argumentsOf(sub.get(name)),
      summary: typeof summary === 'string' ? oneLine(summary, 200) : '',
    })
  }
  return [...found.values()]
}

/** Of our own gateway's answer the commands of files: `{files: [{name, summary, args, path}]}`. All others are ours. */
export function readFileCommands(answer: Record<string, unknown>): (GatewayCommand & {path: string})[] {
  const files: Record<string, unknown>[] = Array.isArray(answer.files) ? answer.files.slice(0, MAX_COMMANDS) : []
  return files.flatMap((file) => {
    const name = nameOf(`/${file.name}`)
    if (name === undefined) return []
    const text = (key: string) => oneLine(String(file[key] ?? ''), 200)
    return [{name, written: name, aliases: [], args: text('args'), summary: text('summary'), path: text('path')}]
  })
}

/**
 * Without what only that gateway's screen can do. `/compact` there changes how the screen looks or is the other name of
 * `/compress`, by its age; here it is that name.
 */
export function usable(commands: readonly GatewayCommand[], ofItsScreen: ReadonlySet<string>): GatewayCommand[] {
  const compresses = commands.some(({name}) => name === 'compress')
  return commands.flatMap((command) => {
    if (ofItsScreen.has(command.name) || (command.name === 'compact' && compresses)) return []
    if (command.name !== 'compress') return [command]
    return [{...command, aliases: [...new Set([...command.aliases, 'compact'])]}]
  })
}

/**
 * All commands by name: where both have one, the gateway's is taken if ours yields. An alias is nobody's if it is
 * another command's name.
 */
export function mergeCommands(
  own: readonly SlashCommand[],
  theirs: readonly GatewayCommand[],
  asCommand: (command: GatewayCommand) => SlashCommand,
): SlashCommand[] {
  const kept = own.filter(({name, yields}) => !(yields && theirs.some((command) => command.name === name)))
  const taken = new Set(kept.flatMap(({name, aliases}) => [name, ...aliases]))
  const added = theirs.filter(({name}) => !taken.has(name))
  const names = new Set([...taken, ...added.map(({name}) => name)])
  const free = added.map((command) => ({...command, aliases: command.aliases.filter((alias) => !names.has(alias))}))
  return [...kept, ...free.map(asCommand)].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []

/** `/Reload-MCP` is `reload-mcp`; what a person can't type as a command is none. */
function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return /^\/([^\s/\p{C}]{1,64})$/u.exec(value.trim())?.[1]?.toLowerCase()
}

function argumentsOf(words: unknown): string {
  const known = Array.isArray(words) ? words.filter((word): word is string => typeof word === 'string') : []
  return known.length === 0 ? '' : oneLine(`[${known.join('|')}]`, 40)
}
