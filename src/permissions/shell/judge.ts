import {isWindows} from '../../platform.js'
import type {RunnableCommand, RunnableList, RunnableScript} from '../types.js'
import {parseCommand} from './parse.js'
import {type Files, systemFiles} from './reading/files.js'
import {expandGlob} from './reading/globs.js'
import {checkOperand, type Place, type ReadableWorkspace} from './reading/operands.js'
import {findProgram, trustedFolders} from './reading/program.js'
import {readingArguments} from './reading/readers.js'
import {Refused, refuse} from './refused.js'
import type {PlainCommand, PlainList, PlainScript} from './types.js'

const MAX_COMMANDS = 100

export interface JudgeContext {
  /** Absolute; where the command would run. */
  cwd: string
  workspace: ReadableWorkspace
  /** PATH is looked at. */
  env: NodeJS.ProcessEnv
  /** Judges the words behind `git` in a folder whose links are resolved; without it git asks. */
  git?: (args: readonly string[], cwd: string) => Promise<{command: RunnableCommand} | {ask: string}>
  /** Default: the system's. */
  files?: Files
}

/** `why` completes "This is asked because …" for the person. */
export type ReadingJudgement = {kind: 'reads'; run: RunnableScript} | {kind: 'asks'; why: string}

/**
 * Proves that a command only reads, and only what may be read without a question. What is proved is
 * `run`, the programs and the words they are given, never the text of the command: a shell that reads it
 * differently from us is not asked.
 */
export async function judgeReading(command: string, context: JudgeContext): Promise<ReadingJudgement> {
  if (isWindows) return {kind: 'asks', why: 'commands are not judged on Windows'}
  const parsed = await parseCommand(command)
  if (!parsed.complete) return {kind: 'asks', why: parsed.problem}
  if (!parsed.plain) return {kind: 'asks', why: parsed.notPlain ?? 'it is not a plain list of commands'}
  try {
    return {kind: 'reads', run: await judgeScript(parsed.plain, context)}
  } catch (error) {
    if (error instanceof Refused) return {kind: 'asks', why: error.message}
    throw error
  }
}

async function judgeScript(plain: PlainScript, context: JudgeContext): Promise<RunnableScript> {
  const count = plain.lists.reduce((sum, {pipeline}) => sum + pipeline.length, 0)
  if (count > MAX_COMMANDS) refuse(`it is more than ${MAX_COMMANDS} commands`)
  const files = context.files ?? systemFiles
  let place: Place = {cwd: context.cwd, workspace: context.workspace, files}
  /** As the shell counts it: `cd link/..` is back where it was. */
  let logical = context.cwd
  place = {...place, cwd: await folderIn(logical, place)}
  const start = place.cwd
  const programs = await trustedFolders(context.env.PATH ?? '', place)
  const lists: RunnableList[] = []
  let moved = false
  for (const list of plain.lists) {
    const when = whenBehind(list, moved)
    moved = isMove(list)
    if (moved) {
      if (when === 'and' || when === 'or') refuse('it changes its folder on a condition')
      logical = targetOf(list, logical)
      place = {...place, cwd: await folderIn(logical, place)}
      continue
    }
    const pipeline: RunnableCommand[] = []
    for (const command of list.pipeline) {
      const runnable = await judgeCommand(command, place, {programs, git: context.git})
      pipeline.push(place.cwd === start ? runnable : {...runnable, cwd: place.cwd})
    }
    lists.push({when: lists.length === 0 ? 'first' : when, pipeline})
  }
  if (lists.length === 0) refuse('it runs no program')
  return {lists}
}

/** A `cd` that is known to succeed is left out, and what it would have decided is decided. */
function whenBehind({when}: PlainList, moved: boolean): PlainList['when'] {
  if (!moved) return when
  return when === 'or' ? refuse('it changes its folder on a condition') : 'then'
}

function isMove({pipeline}: PlainList): boolean {
  return pipeline.length === 1 && pipeline[0]?.words[0]?.text === 'cd'
}

function targetOf({pipeline}: PlainList, logical: string): string {
  const [, target, ...more] = pipeline[0]?.words ?? []
  if (!target || target.pattern !== undefined || more.length > 0 || /^(?:-|$)/.test(target.text)) {
    return refuse('of cd only `cd FOLDER` is known')
  }
  return target.text.startsWith('/') ? target.text : `${logical}/${target.text}`
}

async function folderIn(logical: string, place: Place): Promise<string> {
  const {real, kind} = await checkOperand(withoutDots(logical), place, true)
  return kind === 'directory' ? real : refuse(`${logical} is no folder`)
}

function withoutDots(logical: string): string {
  const names: string[] = []
  for (const name of logical.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}

interface Using {
  /** Where programs are looked for. */
  programs: readonly string[]
  git: JudgeContext['git']
}

async function judgeCommand(command: PlainCommand, place: Place, using: Using): Promise<RunnableCommand> {
  const [name, ...args] = await expandWords(command, place)
  const {stdout, stderr} = command
  const output = {...(stdout ? {stdout} : {}), ...(stderr ? {stderr} : {})}
  if (name === 'git') {
    const judged = (await using.git?.(args, place.cwd)) ?? {ask: 'git is not known to only read'}
    return 'ask' in judged ? refuse(judged.ask) : {...judged.command, ...output}
  }
  if (name === undefined || name.includes('/')) refuse(`${name} is given by its path`)
  const checked = await readingArguments(name, args, place)
  const program = await findProgram(name, using.programs, place)
  if (program === undefined) refuse(`no program ${name} was found where only you can put one`)
  return {program, args: checked, ...output}
}

async function expandWords({words}: PlainCommand, place: Place): Promise<string[]> {
  const expanded: string[] = []
  for (const {text, pattern} of words) {
    if (pattern === undefined) expanded.push(text)
    // A shell passes on a glob that matches nothing.
    else expanded.push(...((await expandGlob(pattern, place)) ?? [text]))
  }
  return expanded
}
