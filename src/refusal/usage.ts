import {stripVTControlCharacters} from 'node:util'
import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'
import {exitCodes, HermesError} from '../errors.js'
import {unknownCommand} from './command.js'
import {choiceText, extraText, unknownText, wrongText} from './text.js'

type Known = Pick<Command.Loadable, 'args' | 'flags'> & {name: string}

/**
 * What oclif says of wrong flags and arguments, in the words of our other errors and with a pointer in place of a page
 * of usage. Undefined for any other error. Its classes are told by their fields and texts: a plugin may bring an oclif
 * of its own.
 */
export function usageError(error: unknown, config: Config, id: string): HermesError | undefined {
  if (!(error instanceof Error) || error instanceof HermesError || !('oclif' in error)) return undefined
  const nobody = /^Command (.+) not found\.$/.exec(error.message)?.[1]
  if (nobody !== undefined) return unknownCommand(config, nobody.split(/[: ]/))
  const command = config.findCommand(id)
  if (!command) return undefined
  const {flags, args} = error as {flags?: unknown; args?: unknown}
  const words = id.split(':')
  const extra = Array.isArray(args) ? args.filter((arg) => typeof arg === 'string') : []
  // `hermes config gte model`: a word after a command that has others below it.
  if (extra.length > 0 && Object.keys(command.args).length === 0 && hasMore(config, id)) {
    return unknownCommand(config, [...words, ...extra])
  }
  const known: Known = {...command, name: [config.bin, ...words].join(' ')}
  const text = Array.isArray(flags)
    ? flags.map((flag) => unknownText(flagOf(String(flag)), `a flag of ${known.name}`, longNames(known))).join('\n')
    : Array.isArray(args)
      ? argumentsText(args, known)
      : saidText(error.message, known)
  if (text === undefined) return undefined
  return new HermesError(text, {code: 'cli/usage', exit: exitCodes.usage, suggestions: [`${known.name} --help`]})
}

const hasMore = ({commandIDs}: Config, id: string) => commandIDs.some((one) => one.startsWith(`${id}:`))

/** `--modle=x` is said as it was written. */
const flagOf = (text: string) => text.split('=', 1)[0] ?? text

function longNames({flags}: Known): string[] {
  return Object.values(flags).flatMap(({name, hidden}) => (hidden ? [] : [`--${name}`]))
}

function argumentsText(args: readonly unknown[], {name, args: known}: Known): string {
  const extra = args.filter((arg) => typeof arg === 'string')
  const takes = Object.values(known).map((arg) => arg.name.toUpperCase())
  if (extra.length > 0) return extraText(extra, name, takes)
  const missing = args as {name: string; description?: string}[]
  return missing
    .map((arg) => `${arg.name.toUpperCase()} is missing: ${(arg.description ?? '').replace(/\.$/, '')}`)
    .join('\n')
}

type Rule = [said: RegExp, text: (match: (index: number) => string, known: Known) => string]

/** In the order of oclif's own checks. The first that fits decides. */
const rules: readonly Rule[] = [
  // Of its plugin for plugins, which prints the object that it looked with.
  [
    /^could not find package\.json with \{[\s\S]*root: '([\s\S]*)'\s*\}$/,
    (part) => `${part(1)} is no plugin: it has no package.json`,
  ],
  [/^plugin is invalid$/, () => 'that is no plugin: its package.json has no "oclif" that names commands or hooks'],
  [/^Flag --(\S+) can only be specified once$/, (part) => `--${part(1)} is given twice; expected once`],
  [
    /^Flag --(\S+) expects one of these values: (.+)$/,
    (part) => wrongText(`--${part(1)}`, 'without a value', `one of ${part(2)}`),
  ],
  [
    /^Flag --(\S+) expects a value$/,
    (part, {flags}) => wrongText(`--${part(1)}`, 'without a value', valueName(flags[part(1)])),
  ],
  [
    /^Expected --([^=]+)=([\s\S]*) to be one of: (.+)$/,
    (part) => wrongText(`--${part(1)}`, `"${part(2)}"`, choiceText(part(2), part(3).split(', '))),
  ],
  [
    /^Expected ([\s\S]*) to be one of: (.+)$/,
    (part, {args}) => {
      const named = Object.values(args).find(({options}) => options?.join(', ') === part(2))
      return wrongText(
        named?.name.toUpperCase() ?? 'an argument',
        `"${part(1)}"`,
        choiceText(part(1), part(2).split(', ')),
      )
    },
  ],
  [
    /^Parsing --(\S+) \n\tExpected an integer(?: (greater|less) than or equal to (\S+))? but received: ([\s\S]*)$/,
    (part) => {
      const range = part(2) === '' ? '' : ` of at ${part(2) === 'greater' ? 'least' : 'most'} ${part(3)}`
      return wrongText(`--${part(1)}`, `"${part(4)}"`, `a whole number${range}`)
    },
  ],
  [
    /^--([^=\s]+)=[\s\S]* cannot also be provided when using --(\S+)$/,
    (part) =>
      `${[part(1), part(2)]
        .sort()
        .map((name) => `--${name}`)
        .join(' and ')} exclude each other`,
  ],
  [
    /^All of the following must be provided when using --(\S+): (.+)$/,
    (part) => `--${part(1)} counts only together with ${part(2)}`,
  ],
  [/^Missing required flag (\S+)$/, (part) => `--${part(1)} is missing`],
]

function saidText(message: string, known: Known): string | undefined {
  const said = stripVTControlCharacters(message).replace(/\nSee more help with --help$/, '')
  const reasons = /^The following errors? occurred:\s+([\s\S]+)$/.exec(said)?.[1]
  if (reasons !== undefined) {
    return [...new Set(reasons.split(/\n\s*/).map((reason) => ruledText(reason, known) ?? reason))].join('\n')
  }
  return ruledText(said, known)
}

function ruledText(said: string, known: Known): string | undefined {
  for (const [pattern, text] of rules) {
    const match = pattern.exec(said)
    if (match) return text((index) => match[index] ?? '', known)
  }
  return undefined
}

function valueName(flag: Known['flags'][string] | undefined): string {
  const value = flag?.type === 'option' ? flag.helpValue : undefined
  return value === undefined ? 'one' : String(value)
}
