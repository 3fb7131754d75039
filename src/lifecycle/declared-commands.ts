import path from 'node:path'
import {type HookHost, moduleFile} from './declared-hooks.js'
import {type HookPlugin, oneLine} from './hook-runner.js'

/** A slash command as a plugin's package.json declares it, under `hermes.slashCommands`. */
export interface DeclaredCommand {
  /** Lower case letters, digits and hyphens, without the slash. */
  readonly name: string
  /** What help shows behind the name: `[city]`; empty when it takes nothing. */
  readonly args: string
  readonly description: string
  /** As written in package.json. */
  readonly target: string
  readonly identifier: string
  /** Absolute path of the module; undefined when there is no such file. */
  readonly file: string | undefined
}

export interface PluginCommands {
  plugin: HookPlugin
  commands: readonly DeclaredCommand[]
  /** What is wrong with declarations that are left out, one line each. */
  problems: readonly string[]
}

const nameShape = /^[a-z][a-z0-9-]{0,31}$/

/** The plugins that have slash commands. */
export function declaredCommands(host: HookHost): PluginCommands[] {
  const found: PluginCommands[] = []
  for (const {name, version, root, pjson} of host.plugins.values()) {
    const declared = slashCommandsOf(pjson)
    if (declared === undefined) continue
    const commands: DeclaredCommand[] = []
    const problems: string[] = []
    if (!Array.isArray(declared)) problems.push('"hermes.slashCommands" in its package.json is not a list')
    else
      for (const [index, entry] of declared.entries()) {
        const read = readCommand(entry, root)
        if (typeof read === 'string') problems.push(`"hermes.slashCommands[${index}]" in its package.json: ${read}`)
        else commands.push(read)
      }
    found.push({plugin: {name, version, root}, commands, problems})
  }
  return found
}

function slashCommandsOf(pjson: unknown): unknown {
  const section = isRecord(pjson) ? pjson.hermes : undefined
  return isRecord(section) ? section.slashCommands : undefined
}

/** The command, or what is wrong with it. */
function readCommand(entry: unknown, root: string): DeclaredCommand | string {
  if (!isRecord(entry)) return 'is not an object'
  const {name, args = '', description = '', target, identifier = 'default'} = entry
  if (typeof name !== 'string' || !nameShape.test(name)) {
    return `"name" is ${JSON.stringify(name)}; expected lower case letters, digits and hyphens`
  }
  if (typeof target !== 'string') return `"target" of /${name} is missing; expected the path of a module`
  if (typeof identifier !== 'string') return `"identifier" of /${name} is not a text`
  return {
    name,
    args: typeof args === 'string' ? oneLine(args).slice(0, 40) : '',
    description: typeof description === 'string' ? oneLine(description).slice(0, 120) : '',
    target,
    identifier,
    file: moduleFile(path.join(root, target)),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
