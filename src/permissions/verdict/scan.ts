import path from 'node:path'
import {runsWords} from '../shell/carriers.js'
import {parseCommand} from '../shell/parse.js'
import type {ShellWord, SimpleCommand} from '../shell/types.js'
import {unwrap} from '../shell/wrappers.js'
import type {Workspace} from '../workspace.js'
import {ScanBudget} from './scan-budget.js'

/** A command that the shell itself runs. */
export interface ScannedCommand extends SimpleCommand {
  /** Without wrappers such as `timeout 5`. */
  words: readonly ShellWord[]
  /** With them, where there are any, and without. */
  layers: readonly (readonly ShellWord[])[]
  /** Where it may run: a `cd` before it may have worked or not. Undefined where that can't be told. */
  folders: readonly string[] | undefined
  /** A `cd` to a folder of the workspace. */
  isMove: boolean
}

export interface ScannedLine {
  commands: readonly ScannedCommand[]
  /** Words that run as a command of their own: of wrappers, `sudo`, `xargs`, `sh -c '…'`, and so on down. */
  inner: readonly (readonly ShellWord[])[]
  /** Of commands within texts, as in `sh -c 'echo > file'`. */
  innerCommands: readonly SimpleCommand[]
  /** False: the shell itself may run more than `commands`. */
  complete: boolean
  /** Why it may hold commands that are not listed, also within texts. */
  unseen: string | undefined
  /** It is longer than what is looked at: `commands` are its first ones, and nothing is known of the rest. */
  cutShort: boolean
}

/** `sh -c "sh -c …"` is followed so far. */
const MAX_DEPTH = 6
/** Each `cd` doubles them. */
const MAX_FOLDERS = 8

const tooLong = 'it is too long to be looked at'

/** Everything that a command line runs, as far as its text tells and `scanLimits` go. */
export async function scanLine(
  command: string,
  cwd: string,
  workspace: Pick<Workspace, 'holds' | 'realPathOf'>,
): Promise<ScannedLine> {
  const budget = new ScanBudget()
  if (!budget.spend('characters', command.length)) return {...nothing, unseen: tooLong}
  const parsed = await parseCommand(command)
  const commands: ScannedCommand[] = []
  let folders: readonly string[] | undefined = [workspace.realPathOf(cwd)]
  for (const simple of parsed.commands) {
    const layers = layersOf(simple.words)
    const words = layers.at(-1) ?? []
    let isMove = false
    const here = folders
    if (!budget.command(files(simple), folders)) break
    if (/^(?:cd|pushd|popd)$/.test(words[0]?.text ?? '') && words[0]?.literal) {
      const moved = afterMove(words, folders, workspace)
      isMove =
        moved !== undefined && simple.assignments.length === 0 && moved.every((folder) => workspace.holds(folder))
      folders = moved
    }
    commands.push({...simple, words, layers, folders: here, isMove})
  }
  const within = await innerOf(parsed.commands.slice(0, commands.length), budget)
  const {exhausted: cutShort} = budget
  const unseen = cutShort ? tooLong : parsed.complete ? within.unseen : parsed.problem
  const complete = parsed.complete && !cutShort
  return {commands, inner: within.inner, innerCommands: within.commands, complete, unseen, cutShort}
}

const nothing: ScannedLine = {
  commands: [],
  inner: [],
  innerCommands: [],
  complete: false,
  unseen: undefined,
  cutShort: true,
}

/** What may name a file. */
function files({words, redirects}: SimpleCommand): ShellWord[] {
  return [
    ...words,
    ...redirects.flatMap(({operator, target}) => (target && !/^<<[-<]?$/.test(operator) ? [target] : [])),
  ]
}

/** The words, and what is left of them without wrappers. */
function layersOf(words: readonly ShellWord[]): (readonly ShellWord[])[] {
  const inner = unwrap(words)
  return inner.length < words.length ? [words, inner] : [words]
}

/** A relative path leads elsewhere by the name of the folder than by where it really is: both are kept. */
function afterMove(
  words: readonly ShellWord[],
  folders: readonly string[] | undefined,
  {realPathOf}: Pick<Workspace, 'realPathOf'>,
): readonly string[] | undefined {
  const [target, ...more] = words.slice(1).filter(({text}) => !/^-[LPe]+$|^--$/.test(text))
  if (words[0]?.text !== 'cd' || !folders || !target?.literal || more.length > 0) return undefined
  if (target.text === '' || target.text.startsWith('-') || target.text.startsWith('~')) return undefined
  const after = new Set(folders)
  for (const folder of folders) {
    after.add(realPathOf(path.resolve(folder, target.text)))
    after.add(realPathOf(path.isAbsolute(target.text) ? target.text : `${folder}/${target.text}`))
  }
  return after.size <= MAX_FOLDERS ? [...after] : undefined
}

interface Inner {
  inner: (readonly ShellWord[])[]
  commands: SimpleCommand[]
  unseen: string | undefined
}

/**
 * Of a program that runs its arguments every one may begin the command, whatever its options mean; one that is
 * no plain word may be a command line.
 */
async function innerOf(commands: readonly SimpleCommand[], budget: ScanBudget, depth = 0): Promise<Inner> {
  const found: Inner = {inner: [], commands: [], unseen: undefined}
  for (const {words: whole} of commands) {
    const layers = layersOf(whole)
    found.inner.push(...layers)
    const words = layers.at(-1) ?? []
    if (!runsWords(words.map(({text}) => text))) continue
    for (let at = 1; at < words.length && budget.spend('innerWords', words.length - at); at++)
      found.inner.push(words.slice(at))
    for (const line of innerLines(words)) {
      if (depth >= MAX_DEPTH) found.unseen = 'it holds commands within commands'
      else if (line === undefined) found.unseen ??= 'it runs a text that is only known when it runs'
      else {
        if (!budget.spend('innerCharacters', line.length)) return found
        const parsed = await parseCommand(line)
        const within = parsed.commands.filter((command) => budget.command(files(command)))
        const below = await innerOf(within, budget, depth + 1)
        found.inner.push(...below.inner)
        found.commands.push(...within, ...below.commands)
        found.unseen ??= parsed.complete ? below.unseen : 'it runs a text that can’t be read as a command'
      }
    }
  }
  return found
}

/** Texts among the arguments that a shell might read; undefined for one that is not known. */
function innerLines(words: readonly ShellWord[]): (string | undefined)[] {
  const args = words.slice(1)
  const lines = args
    .filter(({text, literal}) => !literal || (/\w/.test(text) && /[\s;&|<>()$`"'\\]/.test(text)))
    .map(({text, literal}) => (literal ? text : undefined))
  // eval and ssh put their arguments together.
  if (!/(?:^|\/)(?:eval|ssh)$/.test(words[0]?.text ?? '') || args.length < 2) return lines
  return [...lines, args.every(({literal}) => literal) ? args.map(({text}) => text).join(' ') : undefined]
}
