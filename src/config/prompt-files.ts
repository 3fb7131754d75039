import {lstatSync, readdirSync, realpathSync} from 'node:fs'
import path from 'node:path'
import {errnoOf, messageOf} from '../errors.js'
import {readRegularFile} from '../regular-file.js'
import {homeDirectory} from './paths.js'

/** A Markdown file that is a slash command or a skill. */
export interface PromptFile {
  kind: 'command' | 'skill'
  /** Of the file without its ending, of a skill of its folder. */
  name: string
  path: string
  text: string
}

export interface PromptFiles {
  /** By name. */
  files: PromptFile[]
  /** What was passed over, a line each. */
  problems: string[]
}

/** Each is read with every prompt that uses it; a skill is read by the model piece by piece. */
const MAX_BYTES = 262_144
/** Of each kind. */
const MAX_FILES = 200

const nameOfCommand = /^([\p{L}\p{N}][\p{L}\p{N}_-]{0,63})\.md$/u
const nameOfSkill = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63}$/u

/** The person's: `commands/NAME.md` and `skills/NAME/SKILL.md` in the home of hermes. Never throws. */
export function ownPromptFiles(home: string): PromptFiles {
  return joined([commandsIn(path.join(home, 'commands'), isAny), skillsIn(path.join(home, 'skills'), isAny)])
}

/**
 * What a project has: `.hermes/commands`, `.hermes/skills`, `.claude/skills` in its top folder. It counts where it is
 * trusted. A link is passed over: what it names was looked at elsewhere. Never throws.
 */
export function projectPromptFiles(root: string): PromptFiles {
  const isInPlace = (file: string) => realpathSync(file) === path.join(realpathSync(root), path.relative(root, file))
  return joined([
    commandsIn(path.join(root, '.hermes', 'commands'), isInPlace),
    skillsIn(path.join(root, '.hermes', 'skills'), isInPlace),
    skillsIn(path.join(root, '.claude', 'skills'), isInPlace),
  ])
}

/** Whether there may be any: a look at four folders. */
export function mayHavePromptFiles(home: string, root: string): boolean {
  const folders = [
    path.join(home, 'commands'),
    path.join(home, 'skills'),
    path.join(root, '.hermes'),
    path.join(root, '.claude'),
  ]
  return folders.some(exists)
}

/** The top folder of the repository that `cwd` is in, below the home directory; else `cwd`. Links are resolved. */
export function projectRoot(cwd: string, env: NodeJS.ProcessEnv): string {
  const [here, home] = [real(cwd), real(homeDirectory(env))]
  for (
    let at = here;
    !home.startsWith(at.endsWith(path.sep) ? at : `${at}${path.sep}`) && at !== home;
    at = path.dirname(at)
  ) {
    if (exists(path.join(at, '.git'))) return at
    if (path.dirname(at) === at) break
  }
  return here
}

const isAny = () => true

function joined(found: readonly PromptFiles[]): PromptFiles {
  return {files: found.flatMap(({files}) => files), problems: found.flatMap(({problems}) => problems)}
}

function commandsIn(folder: string, counts: (file: string) => boolean): PromptFiles {
  const names = namesIn(folder).flatMap((name) => nameOfCommand.exec(name)?.[1] ?? [])
  return readEach(
    names,
    (name) => ({kind: 'command', name: name.toLowerCase(), path: path.join(folder, `${name}.md`)}),
    counts,
  )
}

function skillsIn(folder: string, counts: (file: string) => boolean): PromptFiles {
  const names = namesIn(folder).filter((name) => nameOfSkill.test(name) && exists(path.join(folder, name, 'SKILL.md')))
  return readEach(names, (name) => ({kind: 'skill', name, path: path.join(folder, name, 'SKILL.md')}), counts)
}

function readEach(
  names: readonly string[],
  entryOf: (name: string) => Omit<PromptFile, 'text'>,
  counts: (file: string) => boolean,
): PromptFiles {
  const found: PromptFiles = {files: [], problems: []}
  for (const name of names.slice(0, MAX_FILES)) {
    const entry = entryOf(name)
    try {
      if (!counts(entry.path))
        found.problems.push(`${entry.path} is not used: it is a link, or in a folder that is one`)
      else if (found.files.some((other) => other.name === entry.name)) {
        found.problems.push(`${entry.path} is not used: another file has the same name`)
      } else found.files.push({...entry, text: readRegularFile(entry.path, MAX_BYTES)})
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') found.problems.push(`${entry.path} is not used: ${messageOf(error)}`)
    }
  }
  if (names.length > MAX_FILES)
    found.problems.push(
      `only the first ${MAX_FILES} of ${names.length} files are used: ${path.dirname(entryOf(names[0] ?? '').path)}`,
    )
  return found
}

/** Those of a folder that is not there are none. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function exists(file: string): boolean {
  try {
    return lstatSync(file, {throwIfNoEntry: false}) !== undefined
  } catch {
    return false
  }
}

function real(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return path.resolve(folder)
  }
}
