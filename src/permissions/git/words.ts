import {subcommands} from './options.js'

/** A git command that only reads, as far as its words tell. */
export interface GitWords {
  /** `status`, `stash list`. */
  subcommand: string
  /** What git is started with; our options stand before the model's. */
  args: readonly string[]
  /** Revisions, paths, and values of options: every word that does not begin with `-`. */
  operands: readonly string[]
  /** Contents of files are printed, not only names. */
  contents: boolean
}

/** `%G?`, `%(signature:grade)` run a verifier; `%(worktreepath)` would print the private folder. */
const formatOfDoubt = /%[-+ ]?G|%\([^)]*(?:signature|worktreepath)/i

/** Options of `branch` and `tag` whose value may be the next word. */
const listsByValue = /^--(?:no-)?(?:contains|merged)$|^--(?:points-at|sort|format)$/

/** Subcommands with a word of their own behind them: what is read when it is left out, and what may stand there. */
const second: Readonly<Record<string, {left?: string; words: readonly string[]}>> = {
  stash: {words: ['list']},
  reflog: {left: 'show', words: ['show']},
  remote: {words: ['get-url']},
}

/**
 * Reads what follows `git`. It holds whatever git takes for the value of which option: a word that
 * begins with `-` is on the list for this subcommand wherever it stands, and none follows `--`.
 * Abbreviations of long options are not taken, so that `--ext` never is `--ext-diff`.
 */
export function readingGit(args: readonly string[]): GitWords | {ask: string} {
  const words = args[0] === '--no-pager' ? args.slice(1) : args
  const [first, ...others] = words
  if (first === undefined) return {ask: 'git without a subcommand'}
  if (first.startsWith('-')) return {ask: `git ${shown(first)}: an option before the subcommand`}
  const {name, rest} = nameOf(first, others)
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
  if (!subcommand) return {ask: `git ${shown(name)} is not known to only read`}

  let paths = false
  for (const word of rest) {
    const ask = (why: string) => ({ask: `git ${name} ${shown(word)}: ${why}`})
    if (word.includes('\0') || !word.isWellFormed()) return ask('not a word that can be passed on')
    if (formatOfDoubt.test(word)) return ask('this format starts a program or names a private folder')
    if (word === '--' && !paths) paths = true
    else if (word.startsWith('-') && (paths || !isListed(word, subcommand)))
      return ask(paths ? 'looks like an option behind --' : 'an option that is not known to only read')
  }
  const operands = rest.filter((word) => !word.startsWith('-'))
  const problem = writes(name, rest, operands)
  if (problem !== undefined) return {ask: problem}
  return {
    subcommand: name,
    args: ['--no-pager', ...name.split(' '), ...added(name, rest), ...rest],
    operands,
    contents: subcommand.contents,
  }
}

function nameOf(first: string, others: readonly string[]): {name: string; rest: readonly string[]} {
  const follows = Object.hasOwn(second, first) ? second[first] : undefined
  const word = others[0]
  if (!follows) return {name: first, rest: others}
  if (word === undefined || word.startsWith('-'))
    return {name: follows.left ? `${first} ${follows.left}` : first, rest: others}
  return {name: `${first} ${word}`, rest: others.slice(1)}
}

function isListed(word: string, {long, short}: {long: (typeof subcommands)[string]['long']; short: RegExp}): boolean {
  if (!word.startsWith('--')) return short.test(word)
  const equals = word.indexOf('=')
  const values = long.get(equals < 0 ? word : word.slice(0, equals))
  if (equals < 0) return values === 'none' || values === 'any'
  return values === 'any' || (Array.isArray(values) && values.includes(word.slice(equals + 1)))
}

/** `git branch NAME` and `git tag NAME` make one; only where a list is asked for it is a pattern. */
function writes(name: string, rest: readonly string[], operands: readonly string[]): string | undefined {
  if (name === 'remote' && operands.length > 0) return 'git remote with a name is not known to only read'
  if (name !== 'branch' && name !== 'tag') return undefined
  if (rest.includes('--list') || rest.includes('-l')) return undefined
  const made = rest.find((word, at) => !word.startsWith('-') && !listsByValue.test(rest[at - 1] ?? ''))
  return made === undefined ? undefined : `git ${name} ${shown(made)} would make or change it`
}

function added(name: string, rest: readonly string[]): readonly string[] {
  // With it nothing can be made, whatever git takes for a name.
  if (name === 'tag' || (name === 'branch' && !rest.includes('--show-current'))) return ['--list']
  return subcommands[name]?.added ?? []
}

function shown(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 59)}…` : word)
}
