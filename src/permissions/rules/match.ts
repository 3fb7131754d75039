import path from 'node:path'
import {carrierOf, loadsCode, takesInput} from '../shell/carriers.js'
import type {ShellAssignment, ShellWord} from '../shell/types.js'
import type {Rule} from '../types.js'
import {foldsCase, same, type Workspace} from '../workspace.js'
import {
  type CommandPattern,
  isLiteralPattern,
  matchesWord,
  parseCommandPattern,
  trimShell,
  type WordsPattern,
} from './command-pattern.js'
import type {picomatch} from './glob.js'
import {isLiteralPath, type PathPattern, parsePathPattern} from './path-pattern.js'

/** `maybe`: what the shell makes of a word decides it. */
export type Match = 'yes' | 'maybe' | 'no'

/** The pattern of a `bash` rule; of the whole tool it is `*`. */
export function commandPatternOf({pattern, text}: Rule): CommandPattern {
  const parsed = pattern === undefined ? ({kind: 'all'} as const) : parseCommandPattern(pattern)
  if ('problem' in parsed) throw new Error(`${text} was not made by parseRule: ${parsed.problem}`)
  return parsed
}

/** Whether a rule speaks of a line as a whole, whatever is in it. */
export function coversLine(pattern: CommandPattern, line: string): boolean {
  return pattern.kind === 'all' || (pattern.kind === 'exact' && pattern.text === trimShell(line))
}

export interface LayeredCommand {
  /** The words with wrappers such as `timeout 5`, and without. */
  layers: readonly (readonly ShellWord[])[]
  assignments: readonly ShellAssignment[]
}

/**
 * Whether an allow rule covers one command: every word is what it looks like and matches, and so does every variable.
 * What runs other words or code is covered by the same words only, and not even by these where its input says what runs.
 */
export function allowsCommand(pattern: CommandPattern, {layers, assignments}: LayeredCommand): boolean {
  if (pattern.kind !== 'words') return false
  return layers.some((words, depth) => {
    // A wrapper that is looked through was given no variables by the rule, and is the system's own.
    if (depth > 0 && (assignments.length > 0 || !isTransparent(layers[0] ?? [], words))) return false
    if (!words.every(({literal}) => literal) || !sameAssignments(pattern, assignments)) return false
    const texts = words.map(({text}) => text)
    // Of `time` and `-` shells differ in what they run.
    if (texts[0]?.startsWith('-')) return false
    if (takesInput(texts) || (!isLiteralPattern(pattern) && carrierOf(texts) !== undefined)) return false
    if (pattern.open ? texts.length < pattern.words.length : texts.length !== pattern.words.length) return false
    return pattern.words.every((word, at) => matchesWord(word, texts[at] ?? ''))
  })
}

/** `./timeout 5 npm test` runs what a project calls so; `exec -l sh` makes another shell of it. */
function isTransparent(whole: readonly ShellWord[], inner: readonly ShellWord[]): boolean {
  return whole.slice(0, whole.length - inner.length).every(({text}) => !text.includes('/') && text !== 'exec')
}

function sameAssignments(pattern: WordsPattern, given: readonly ShellAssignment[]): boolean {
  if (pattern.assignments.length !== given.length) return false
  return pattern.assignments.every(({name, value}, at) => {
    const other = given[at]
    if (other?.name !== name || !other.value?.literal || loadsCode(name)) return false
    return matchesWord(value, other.value.text)
  })
}

/** So far a subcommand is looked for behind options: 30 000 of them took 40 s. */
const MAX_OPTIONS = 50

/**
 * Whether a deny or ask rule speaks of a command. It holds for the program under any path and whatever variables are
 * set; a word that the shell expands matches a final `*`, elsewhere nobody can tell. The same goes for options between
 * the program and its subcommand: `git -C x push` for `git push *`.
 */
export function restrictsCommand(pattern: CommandPattern, words: readonly ShellWord[]): Match {
  if (pattern.kind === 'exact') return 'no'
  if (pattern.kind === 'all') return 'yes'
  const plain = restrictsWords(pattern, words)
  if (plain !== 'no' || pattern.words.length < 2 || restrictsProgram(pattern, words[0]) === 'no') return plain
  // Behind an option stands its value, or the next word.
  const starts = new Set([1])
  for (const at of starts) {
    if (at > MAX_OPTIONS || (at > 1 && restrictsWords(pattern, words, at) !== 'no')) return 'maybe'
    if (words[at]?.text.startsWith('-')) starts.add(at + 1).add(at + 2)
  }
  return 'no'
}

/** `from`: where the words behind the program begin. */
function restrictsWords(pattern: WordsPattern, words: readonly ShellWord[], from = 1): Match {
  for (const [index, part] of pattern.words.entries()) {
    const word = words[index === 0 ? 0 : from + index - 1]
    if (word === undefined) return 'no'
    if (!word.literal) return 'maybe'
    if (index === 0 ? restrictsProgram(pattern, word) === 'no' : !matchesWord(part, word.text)) return 'no'
  }
  if (pattern.open) return 'yes'
  const rest = words.slice(from + pattern.words.length - 1)
  if (rest.length === 0) return 'yes'
  // It may come to nothing.
  return rest.every(({literal}) => !literal) ? 'maybe' : 'no'
}

function restrictsProgram(pattern: WordsPattern, word: ShellWord | undefined): Match {
  const part = pattern.words[0]
  if (word === undefined || part === undefined) return 'no'
  if (!word.literal) return 'maybe'
  // Where `GIT` is `git` to the file system, it is the same program.
  const names = [word.text, path.basename(word.text), path.basename(word.text).toLowerCase()]
  return names.some((name) => matchesWord(part, name)) ? 'yes' : 'no'
}

export interface PathMatcher {
  /** Whether it names one file: only such a rule covers a secret. */
  literal: boolean
  /** The folder, or the file itself, that everything it covers lies in. */
  base: string
  matches(realPath: string): boolean
}

/** Of a `read` or `edit` rule. What is written of a path may lead over links: they are resolved as far as it is no glob. */
export function pathMatcherOf({pattern, text}: Rule, workspace: Workspace, glob: typeof picomatch): PathMatcher {
  if (pattern === undefined) return {literal: false, base: path.parse(workspace.root).root, matches: () => true}
  const parsed = parsePathPattern(pattern)
  if ('problem' in parsed) throw new Error(`${text} was not made by parseRule: ${parsed.problem}`)
  const firstGlob = parsed.segments.findIndex((segment) => 'glob' in segment)
  const fixed = firstGlob < 0 ? parsed.segments : parsed.segments.slice(0, firstGlob)
  const start = {root: path.parse(workspace.root).root, home: workspace.home, workspace: workspace.root}[parsed.base]
  const base = same(
    workspace.realPathOf(path.join(start, ...fixed.map((segment) => ('literal' in segment ? segment.literal : '')))),
  )
  if (isLiteralPath(parsed)) return {literal: true, base, matches: (file) => same(file) === base}
  const isMatch = glob(globOf(parsed, firstGlob), {dot: true, nonegate: true, noextglob: true, nocase: foldsCase})
  const all = firstGlob === parsed.segments.length - 1 && globOf(parsed, firstGlob) === '**'
  return {
    literal: false,
    base,
    matches(file) {
      const relative = path.relative(base, same(file))
      if (relative === '') return all
      if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return false
      return isMatch(relative.split(path.sep).join('/'))
    },
  }
}

/** Of what the library gives a meaning to only `*`, `?`, sets and braces are meant. */
function globOf({segments}: PathPattern, from: number): string {
  const source = segments
    .slice(from)
    .map((part) => ('glob' in part ? part.glob : part.literal.replace(/[*?[\]{}\\]/g, '\\$&')))
  return source.join('/').replaceAll(/\\.|\[[!^]?\]?[^\]]*\]|[()|+@!^$"]/gs, (found) => {
    if (found.startsWith('\\')) return found
    return found.startsWith('[') ? found.replace('[!', '[^') : `\\${found}`
  })
}
