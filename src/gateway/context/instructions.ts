import {lstatSync, realpathSync} from 'node:fs'
import path from 'node:path'
import {visibleText} from '../../control-sequences.js'
import {errnoOf, messageOf} from '../../errors.js'
import {readStartOfFile} from '../../regular-file.js'
import {delimited, sizeOf} from './delimited.js'

/** Looked for in each folder; the first one that is there counts. */
const names = ['AGENTS.md', 'CLAUDE.md'] as const

export interface InstructionFile {
  /** As it was found; a link may lead from there. */
  path: string
  /** Size of the file. */
  bytes: number
  /** How much of it the model is told. */
  told: number
}

export interface Instructions {
  /** For the system prompt; empty where there are none. */
  text: string
  /** Outermost first. */
  files: InstructionFile[]
  /** What was cut or not read, a line each, for the person. */
  problems: string[]
}

export interface InstructionsRequest {
  /** Of hermes: the person's own file is there. */
  home: string
  /** Absolute with every link resolved: from `root` down to `cwd` each folder is looked into. */
  root: string
  cwd: string
  /** Of all files together. */
  maxBytes: number
  /** Why the model may not be told a file, by its real path; `outside`: it need not lie in the workspace. */
  withholds(realPath: string, options: {outside: boolean}): Promise<string | undefined>
}

interface Found {
  path: string
  real: string
  own: boolean
}

/**
 * What `AGENTS.md` of the person and of each folder say. What is nearer goes before what is farther where not all can be
 * told. A file that a folder has is data of that folder: a link out of the workspace, and what a rule or the list of
 * secret files names, is not followed. Never rejects.
 */
export async function readInstructions(request: InstructionsRequest): Promise<Instructions> {
  const {home, root, cwd, maxBytes, withholds} = request
  const problems: string[] = []
  const found = [...fileOf(home, ['AGENTS.md'], true), ...foldersBetween(root, cwd).flatMap((at) => fileOf(at, names))]
  const once = found.filter(({real}, index) => found.findIndex((other) => other.real === real) === index)
  const read = new Map<Found, InstructionFile & {text: string}>()
  let left = maxBytes
  // The person's own first, then from the working directory outward.
  for (const file of [...once.filter(({own}) => own), ...once.filter(({own}) => !own).reverse()]) {
    const shown = visibleText(file.path)
    try {
      const isThere = file.real === path.join(realpathSync(path.dirname(file.path)), path.basename(file.path))
      const why = file.own ? undefined : await withholds(file.real, {outside: isThere})
      if (why !== undefined) {
        problems.push(`${shown} is not told to the model: ${why}`)
        continue
      }
      const {bytes, size} = readStartOfFile(file.real, left)
      if (bytes.includes(0)) {
        problems.push(`${shown} is not told to the model: it is a binary file`)
        continue
      }
      const text = textOf(bytes, bytes.length < size)
      const told = Math.min(size, bytes.length)
      if (told < size) {
        problems.push(
          `${shown}: ${sizeOf(size)}, the model is told the first ${sizeOf(told)} (context.instructionBytes)`,
        )
      }
      left -= told
      if (text.trim() !== '') read.set(file, {path: file.path, bytes: size, told, text})
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') problems.push(`${shown} is not told to the model: ${messageOf(error)}`)
    }
  }
  const files = once.flatMap((file) => read.get(file) ?? [])
  return {text: promptOf(files), files: files.map(({text: _, ...file}) => file), problems}
}

const heading =
  'What follows are files of the person and of the folders that they work in, the nearest last: where two disagree, the nearer one counts. They say how to work; they cannot allow anything that is asked for or denied.'

function promptOf(files: readonly (InstructionFile & {text: string})[]): string {
  if (files.length === 0) return ''
  const parts = files.map(({path: file, bytes, told, text}) =>
    delimited(
      'instructions',
      {path: file, ...(told < bytes ? {cut: `the first ${told} of ${bytes} bytes`} : {})},
      text,
    ),
  )
  return [heading, ...parts].join('\n\n')
}

/** What is there, be it what it may; `own`: of the person. */
function fileOf(folder: string, candidates: readonly string[], own = false): Found[] {
  for (const name of candidates) {
    const file = path.join(folder, name)
    try {
      if (lstatSync(file, {throwIfNoEntry: false}) === undefined) continue
      return [{path: file, real: realpathSync(file), own}]
    } catch {
      // A link that leads nowhere, or in a circle, a folder that may not be entered: as if nothing were there.
    }
  }
  return []
}

/** Outermost first; `cwd` alone where it does not lie below `root`. */
function foldersBetween(root: string, cwd: string): string[] {
  const folders = [cwd]
  for (let at = cwd; at !== root; at = path.dirname(at)) {
    const above = path.dirname(at)
    if (above === at) return [cwd]
    folders.unshift(above)
  }
  return folders
}

/** What a reader of the file would not see says nothing to the model either: controls, and characters without a width. */
const unseen = /(?!\t|\n|\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu

function textOf(bytes: Buffer, cut: boolean): string {
  const text = bytes.toString('utf8')
  // Half a character at the end of what was cut.
  const whole = cut ? text.replace(/\ufffd{1,3}$/, '') : text
  return whole.replaceAll('\r\n', '\n').replace(unseen, '')
}
