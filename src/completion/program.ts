import {existsSync, readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'

/** Of an oclif manifest what completion needs. */
export interface CommandShape {
  summary: string
  args: readonly {name: string; options: readonly string[]}[]
  flags: readonly FlagShape[]
}

export interface FlagShape {
  name: string
  char: string | undefined
  description: string
  takesValue: boolean
  multiple: boolean
  allowNo: boolean
  options: readonly string[]
}

/** Commands by their words: `config get`. */
export type Commands = ReadonlyMap<string, CommandShape>

export interface Program {
  commands: Commands
  /** What is said of words that other words follow. */
  topics: Readonly<Record<string, string>>
  /** Names of the person's own plugins. */
  plugins: readonly string[]
}

/**
 * The commands as the manifests tell them: ours, those of oclif's own plugins, those of the person's. Nothing is loaded
 * but these files: through oclif it takes four times as long. `root`: folder of our package.json.
 */
export function readProgram(root: string, dataFolder: string): Program {
  const commands = new Map<string, CommandShape>()
  const own = json(path.join(root, 'package.json'))
  const named = list(member(member(own, 'oclif'), 'plugins'))
  for (const name of named) if (typeof name === 'string') take(commands, beside(root, name))
  const plugins = list(member(member(json(path.join(dataFolder, 'package.json')), 'oclif'), 'plugins')).flatMap(
    (entry) => {
      const name = member(entry, 'name')
      const linked = member(entry, 'root')
      if (typeof name !== 'string') return []
      take(commands, typeof linked === 'string' ? linked : path.join(dataFolder, 'node_modules', name))
      return [name]
    },
  )
  // Ours win.
  take(commands, root)
  const told = Object.entries(record(member(member(own, 'oclif'), 'topics')))
  return {
    commands,
    plugins,
    topics: Object.fromEntries(told.map(([name, topic]) => [name, text(member(topic, 'description'))])),
  }
}

/** Where npm put a dependency: in our own folder, or in one around it. */
function beside(root: string, name: string): string | undefined {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name)
    if (existsSync(found)) return found
    if (folder === path.dirname(folder)) return undefined
  }
}

function take(commands: Map<string, CommandShape>, folder: string | undefined): void {
  if (folder === undefined) return
  const told = member(json(path.join(folder, 'oclif.manifest.json')), 'commands')
  for (const [id, command] of Object.entries(told ? record(told) : filesOf(folder))) {
    if (member(command, 'hidden') === true) continue
    if (id === '') continue
    commands.set(id.replaceAll(':', ' '), {
      summary: text(member(command, 'summary')) || text(member(command, 'description')),
      args: Object.values(record(member(command, 'args'))).map((arg) => ({
        name: text(member(arg, 'name')),
        options: texts(member(arg, 'options')),
      })),
      flags: Object.values(record(member(command, 'flags'))).flatMap(flagOf),
    })
  }
}

/** A plugin that is being written has no manifest: its commands are named by their files. */
function filesOf(folder: string): Record<string, object> {
  const commands = text(member(member(json(path.join(folder, 'package.json')), 'oclif'), 'commands'))
  if (commands === '') return {}
  try {
    const files = readdirSync(path.join(folder, commands), {recursive: true, encoding: 'utf8'})
    const names = files.flatMap((file) => /^(.+)\.[cm]?js$/.exec(file)?.[1] ?? [])
    return Object.fromEntries(names.map((name) => [name.replace(/[\\/]?index$/, '').replaceAll(/[\\/]/g, ':'), {}]))
  } catch {
    return {}
  }
}

function flagOf(flag: unknown): FlagShape[] {
  if (member(flag, 'hidden') === true) return []
  return [
    {
      name: text(member(flag, 'name')),
      char: text(member(flag, 'char')) || undefined,
      description: text(member(flag, 'summary')) || text(member(flag, 'description')),
      takesValue: member(flag, 'type') === 'option',
      multiple: member(flag, 'multiple') === true,
      allowNo: member(flag, 'allowNo') === true,
      options: texts(member(flag, 'options')),
    },
  ]
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function member(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[name]
}

const record = (value: unknown) =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const text = (value: unknown) => (typeof value === 'string' ? value : '')
const texts = (value: unknown) => list(value).filter((one) => typeof one === 'string')
