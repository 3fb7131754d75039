import type {CommandShape, FlagShape, Program} from './program.js'
import type {Candidate, Candidates, ValueKind, Values} from './types.js'

/** What the value of a flag is, by the flag's name. */
const flagKinds: Readonly<Record<string, ValueKind | 'files' | 'folders'>> = {
  model: 'models',
  resume: 'sessions',
  session: 'sessions',
  'add-dir': 'folders',
  bundle: 'files',
  'json-schema': 'files',
}

/** What an argument is, by its name; with a command before it, there alone. */
const argumentKinds: Readonly<Record<string, ValueKind | 'files' | 'folders'>> = {
  session: 'sessions',
  'config get key': 'settings',
  'doctor crash id': 'deaths',
  plugin: 'plugins',
  'models part': 'models',
  'plugins install plugin': 'files',
  'plugins link path': 'folders',
  'config trust file': 'files',
}

/** `words`: those before the cursor, without the program's name. Each candidate begins as `current` does. */
export async function candidatesFor(
  {commands, topics}: Program,
  words: readonly string[],
  current: string,
  values: Values,
): Promise<Candidates> {
  const name = commandOf(commands, words)
  const begun = (found: readonly Candidate[]) => found.filter(({value}) => value.startsWith(current))
  const below = name === undefined ? words : words.slice(name.split(' ').filter(Boolean).length)
  // As the program itself does: without a command its flags are those of a chat.
  const command = commands.get(name || 'chat')
  const nested = below.length === 0 ? nextWords(commands, name ?? '', topics) : []
  if (!command) return begun(nested)
  const rest = readWords(command, below)
  if (rest.value) return ofKind(rest.value, current, values)
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
  if (flag !== undefined && !rest.ended) {
    const shape = command.flags.find((one) => `--${one.name}` === flag)
    const found = shape?.takesValue ? await ofKind(shape, value ?? '', values) : []
    return typeof found === 'string' ? found : found.map((one) => ({...one, value: `${flag}=${one.value}`}))
  }
  if (current.startsWith('-') && !rest.ended) return begun(flagCandidates(command, rest.used))
  if (name === undefined || name === '') return begun(nested)
  const argument =
    command.args[rest.arguments] ?? (command.args.at(-1)?.name === 'plugin' ? command.args.at(-1) : undefined)
  if (name === 'help') return begun(nextWords(commands, below.join(' '), topics))
  if (!argument) return begun(nested)
  if (argument.options.length > 0) return begun([...nested, ...argument.options.map(bare)])
  const kind = argumentKinds[`${name} ${argument.name}`] ?? argumentKinds[argument.name]
  if (kind === undefined) return begun(nested)
  if (kind === 'files' || kind === 'folders') return nested.length > 0 ? begun(nested) : kind
  return begun([...nested, ...(await values(kind, current))])
}

const bare = (value: string): Candidate => ({value, description: ''})

/** The longest command that the words begin with; empty: there is none yet; undefined: it is none of ours. */
function commandOf(commands: Program['commands'], words: readonly string[]): string | undefined {
  const named = words.findIndex((word) => word.startsWith('-'))
  const path = named === -1 ? words : words.slice(0, named)
  for (let length = path.length; length > 0; length--) {
    const name = path.slice(0, length).join(' ')
    if (commands.has(name) || isTopic(commands, name)) return name
  }
  return path.length === 0 ? '' : undefined
}

const isTopic = (commands: Program['commands'], name: string) =>
  [...commands.keys()].some((one) => one.startsWith(`${name} `))

/** The words that may follow, each once. */
function nextWords(commands: Program['commands'], path: string, topics: Program['topics']): Candidate[] {
  const start = path === '' ? '' : `${path} `
  const found = new Map<string, string>()
  for (const [name, {summary}] of commands) {
    if (!name.startsWith(start)) continue
    const [word = '', ...more] = name.slice(start.length).split(' ')
    if (word !== '' && (more.length === 0 || !found.has(word)))
      found.set(word, more.length === 0 ? summary : (topics[start + word] ?? ''))
  }
  return [...found].map(([value, description]) => ({value, description}))
}

interface ReadWords {
  used: ReadonlySet<string>
  /** How many arguments there are. */
  arguments: number
  /** The flag whose value is being written. */
  value: FlagShape | undefined
  /** `--` stands before: no flag follows. */
  ended: boolean
}

function readWords({flags}: CommandShape, words: readonly string[]): ReadWords {
  const used = new Set<string>()
  let count = 0
  let value: FlagShape | undefined
  let ended = false
  for (const word of words) {
    if (value) value = undefined
    else if (word === '--') ended = true
    else if (ended || !word.startsWith('-') || word === '-') count++
    else {
      const flag = flags.find(
        ({name, char}) =>
          `--${name}` === word.split('=')[0] || (char !== undefined && !word.startsWith('--') && word.endsWith(char)),
      )
      if (flag) used.add(flag.name)
      if (flag?.takesValue && !word.includes('=')) value = flag
    }
  }
  return {used, arguments: count, value, ended}
}

function flagCandidates({flags}: CommandShape, used: ReadonlySet<string>): Candidate[] {
  return [
    ...flags
      .filter(({name, multiple}) => multiple || !used.has(name))
      .map(({name, description}) => ({value: `--${name}`, description})),
    ...(used.has('help') ? [] : [{value: '--help', description: 'Show what the command takes.'}]),
  ]
}

async function ofKind(flag: FlagShape, current: string, values: Values): Promise<Candidates> {
  if (flag.options.length > 0) return flag.options.filter((one) => one.startsWith(current)).map(bare)
  const kind = flagKinds[flag.name]
  if (kind === undefined) return []
  if (kind === 'files' || kind === 'folders') return kind
  return (await values(kind, current)).filter(({value}) => value.startsWith(current))
}
