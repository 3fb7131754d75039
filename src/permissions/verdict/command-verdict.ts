import {accessSync, constants, statSync} from 'node:fs'
import path from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {type ActiveRules, askedBy, type CommandRule, deniedBy, planned} from '../rules/active-rules.js'
import {allowsCommand, coversLine, type Match, restrictsCommand} from '../rules/match.js'
import {carrierOf, takesInput} from '../shell/carriers.js'
import type {Access, Decision, PermissionMode, RunnableScript} from '../types.js'
import {realPathOf, type Workspace} from '../workspace.js'
import {redirectedFiles, rulesOfNamedFiles, rulesOfReadFiles} from './command-files.js'
import {type FileAccess, fileVerdict} from './file-verdict.js'
import {type ScannedCommand, type ScannedLine, scanLine} from './scan.js'

/** Whether a command only reads, as far as that can be proved. */
export type CommandJudge = (
  command: string,
  cwd: string,
) => Promise<{kind: 'reads'; run: RunnableScript} | {kind: 'asks'; why: string}>

export interface CommandContext {
  mode: PermissionMode
  workspace: Workspace
  /** Without one no command is known to only read. */
  judge?: CommandJudge | undefined
  /** `PATH` of the shell that runs what a rule allows; default `process.env.PATH`. */
  searchPath?: string | undefined
}

type CommandAccess = Extract<Access, {tool: 'bash'}>

/**
 * What rules and mode say of a command line. It is denied if any of its commands is, asked for if any asks, and
 * allowed only if each is; the files that the shell opens for it are questions beside.
 */
export async function commandVerdict(
  {command, cwd}: CommandAccess,
  context: CommandContext,
  rules: ActiveRules,
): Promise<Decision> {
  const {mode, workspace, judge} = context
  const line = await scanLine(command, cwd, workspace)
  const redirected = redirectedFiles(line, cwd, workspace)
  const files = redirected.files.map((file) => fileVerdict(file, context, rules))
  const restricting = restrictionsOf(command, line, rules)
  const named = rulesOfNamedFiles(line, cwd, rules, workspace)

  const forbidden = restricting.find(({effect, match}) => effect === 'deny' && match === 'yes') ?? firstDeny(named)
  if (forbidden) return deniedBy(forbidden.rule)
  const fileDenied = files.find((verdict) => verdict.verdict === 'deny' && verdict.by === 'rule')
  if (fileDenied) return fileDenied

  const judged = once(async () => (line.cutShort ? undefined : judge?.(command, cwd)))
  if (mode === 'plan' && (await judged())?.kind !== 'reads') return planned

  const asking = restricting.find(({effect, match}) => effect === 'ask' && match === 'yes') ?? named[0]
  if (asking) return askedBy(asking.rule)
  const fileAsked = files.find((verdict) => verdict.verdict === 'ask' && verdict.rule)
  if (fileAsked) return fileAsked

  const allowing = rules.bash.filter(({effect}) => effect === 'allow')
  const covering = workspace.holds(workspace.realPathOf(cwd))
    ? allowing.filter(({pattern}) => coversLine(pattern, command))
    : []
  const exact = covering.find(({pattern}) => pattern.kind === 'exact')
  if (exact) return {verdict: 'allow', why: 'rule', rule: exact.rule}

  const unsure = unsureOf(line, restricting, rules)
  if (unsure) return unsure
  if (covering[0]) return {verdict: 'allow', why: 'rule', rule: covering[0].rule}

  const parts = redirected.unclear ?? (await partsVerdict(line, redirected.files, files, allowing, context, rules))
  if (typeof parts === 'object') return parts
  const result = await judged()
  if (result?.kind === 'reads') {
    const restricted = rulesOfReadFiles(result.run, cwd, rules, workspace)[0]
    if (restricted) return restricted.effect === 'deny' ? deniedBy(restricted.rule) : askedBy(restricted.rule)
    return {verdict: 'allow', why: 'reads', run: result.run}
  }
  if (mode === 'bypass') return {verdict: 'allow', why: 'mode'}
  const why = parts || result?.why
  return why ? {verdict: 'ask', why} : {verdict: 'ask'}
}

interface Restriction extends CommandRule {
  match: Match
}

/** What deny and ask rules say of everything that a line runs: of each the strictest match. */
function restrictionsOf(text: string, line: ScannedLine, {bash}: ActiveRules): Restriction[] {
  const all = [...line.commands, ...line.innerCommands].map(({words}) => words).concat(line.inner)
  const order: Match[] = ['yes', 'maybe']
  return bash
    .filter(({effect}) => effect !== 'allow')
    .map((restriction) => {
      if (coversLine(restriction.pattern, text)) return {...restriction, match: 'yes'}
      const found = new Set(all.map((words) => restrictsCommand(restriction.pattern, words)))
      return {...restriction, match: order.find((match) => found.has(match)) ?? 'no'}
    })
}

function firstDeny<R extends {effect: string}>(rules: readonly R[]): R | undefined {
  return rules.find(({effect}) => effect === 'deny')
}

/** Where deny or ask rules can't be proved not to speak of a line, a person has to look at it. */
function unsureOf(line: ScannedLine, restricting: readonly Restriction[], {file}: ActiveRules): Decision | undefined {
  const open = restricting.find(({match}) => match === 'maybe')
  if (open) return {verdict: 'ask', rule: open.rule, why: `it can’t be told whether ${open.rule.text} speaks of it`}
  const any = restricting[0] ?? file.find(({effect}) => effect !== 'allow')
  if (!any || line.unseen === undefined) return undefined
  return {
    verdict: 'ask',
    rule: any.rule,
    why: `${line.unseen}, so it can’t be told whether ${any.rule.text} speaks of it`,
  }
}

/** Allowed where each part is and at least one by rule or mode; else why not, `''` for no reason of its own. */
async function partsVerdict(
  line: ScannedLine,
  accesses: readonly FileAccess[],
  files: readonly Decision[],
  allowing: readonly CommandRule[],
  context: CommandContext,
  rules: ActiveRules,
): Promise<Decision | string> {
  if (!line.complete) return line.unseen ?? ''
  const closed = files.findIndex(({verdict}) => verdict !== 'allow')
  if (closed >= 0) return whyNotFile(accesses[closed], files[closed])
  const granted: Decision[] = files.filter((file) => file.verdict === 'allow' && file.why !== 'reads')
  for (const command of line.commands) {
    if (command.isMove || (command.words.length === 0 && command.assignments.length === 0)) continue
    const allow = allowing.find(({pattern}) => allowsCommand(pattern, command))
    if (allow) {
      if (!command.folders?.every(context.workspace.holds)) return 'it leaves the workspace'
      granted.push({verdict: 'allow', why: 'rule', rule: allow.rule})
    } else if (!(await isPlainRead(command, context, rules))) return whyNotByRule(command)
  }
  return granted.find((grant) => grant.verdict === 'allow' && grant.why === 'rule') ?? granted[0] ?? ''
}

function whyNotFile(access: FileAccess | undefined, verdict: Decision | undefined): string {
  const what = `it ${access?.tool === 'read' ? 'reads' : 'writes'} ${access?.path}`
  return verdict && 'why' in verdict && verdict.why ? `${what}, and ${verdict.why}` : what
}

function whyNotByRule({words}: ScannedCommand): string {
  const texts = words.map(({text}) => text)
  const carrier = carrierOf(texts) ?? (takesInput(texts) ? texts[0] : undefined)
  return carrier === undefined ? '' : `${carrier} runs what it is given`
}

/**
 * Whether a part of a line that a shell runs only reads: the shell has to find the program that was judged, and
 * to give it the same words in the same environment.
 */
async function isPlainRead(command: ScannedCommand, context: CommandContext, rules: ActiveRules): Promise<boolean> {
  const {words, layers, assignments, folders} = command
  const {judge, workspace, searchPath = process.env.PATH ?? ''} = context
  const program = words[0]?.text
  if (!judge || !folders || program === undefined || layers.length > 1 || assignments.length > 0) return false
  if (!words.every(({literal}) => literal)) return false
  for (const folder of folders) {
    const judged = await judge(words.map(({text}) => quote(text)).join(' '), folder)
    if (judged.kind !== 'reads' || rulesOfReadFiles(judged.run, folder, rules, workspace).length > 0) return false
    const [only, ...others] = judged.run.lists.flatMap(({pipeline}) => pipeline)
    if (!only || others.length > 0 || Object.keys(only.env ?? {}).length > 0) return false
    const isSame = isDeepStrictEqual(
      [...only.args],
      words.slice(1).map(({text}) => text),
    )
    if (!isSame || firstOnPath(program, searchPath) !== realPathOf(only.program)) return false
  }
  return true
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** The program that a shell starts, by its real path; undefined where it depends on the working directory. */
function firstOnPath(program: string, searchPath: string): string | undefined {
  if (program.includes('/')) return undefined
  for (const folder of searchPath.split(path.delimiter)) {
    if (!path.isAbsolute(folder)) return undefined
    const file = path.join(folder, program)
    if (isProgram(file)) return realPathOf(file)
  }
  return undefined
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** The result of the first call, for every call. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
