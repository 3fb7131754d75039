import path from 'node:path'
import {
  mayHavePromptFiles,
  ownPromptFiles,
  type PromptFile,
  projectPromptFiles,
  projectRoot,
} from '../../config/prompt-files.js'
import {visibleText} from '../../control-sequences.js'
import {messageOf} from '../../errors.js'

export interface FileCommand {
  name: string
  summary: string
  /** What may be typed behind it, for people. */
  args: string
  path: string
  body: string
}

export interface Skill {
  name: string
  description: string
  path: string
}

export interface FilePrompts {
  commands: FileCommand[]
  skills: Skill[]
  /** What is not used, a line each. */
  problems: string[]
  /** That a project has some which are not trusted; undefined where it has none. */
  untrusted: string | undefined
}

/** The person's commands and skills, then those of a project that they trust. Never rejects. */
export async function filePromptsOf(where: {home: string; cwd: string; env: NodeJS.ProcessEnv}): Promise<FilePrompts> {
  const {home, cwd, env} = where
  const root = projectRoot(cwd, env)
  if (!mayHavePromptFiles(home, root)) return {commands: [], skills: [], problems: [], untrusted: undefined}
  const own = ownPromptFiles(home)
  const project = projectPromptFiles(root)
  // The home of hermes may be that of the folder: then it is the person's.
  const theirs = project.files.filter((file) => !file.path.startsWith(`${home}${path.sep}`))
  const problems = [...own.problems, ...(theirs.length > 0 ? project.problems : [])]
  const trusted = await trustedOf(theirs, env, problems)
  return {
    ...(await readAll([...own.files, ...trusted], problems)),
    problems,
    untrusted: untrustedText(theirs.length - trusted.length),
  }
}

function untrustedText(count: number): string | undefined {
  if (count === 0) return undefined
  const what =
    count === 1 ? '1 command or skill of this project is' : `${count} commands and skills of this project are`
  return `${what} not used until you trust it: hermes config trust`
}

async function trustedOf(
  files: readonly PromptFile[],
  env: NodeJS.ProcessEnv,
  problems: string[],
): Promise<PromptFile[]> {
  if (files.length === 0) return []
  const {openTrustStore} = await import('../../config/trust.js')
  try {
    return openTrustStore(env).trusted(files)
  } catch (error) {
    problems.push(messageOf(error))
    return []
  }
}

async function readAll(
  files: readonly PromptFile[],
  problems: string[],
): Promise<Pick<FilePrompts, 'commands' | 'skills'>> {
  const {readFrontmatter} = await import('./frontmatter.js')
  const commands = new Map<string, FileCommand>()
  const skills = new Map<string, Skill>()
  for (const file of files) {
    const {fields, body} = await readFrontmatter(file.text)
    const known: ReadonlyMap<string, {path: string}> = file.kind === 'command' ? commands : skills
    const before = known.get(file.name)
    if (before) {
      problems.push(`${visibleText(file.path)} is not used: ${visibleText(before.path)} has the same name`)
      continue
    }
    if (file.kind === 'skill') {
      const description = fields.description ?? firstLine(body)
      skills.set(file.name, {name: file.name, description, path: file.path})
    } else if (body.trim() === '') problems.push(`${visibleText(file.path)} is not used: there is no prompt in it`)
    else {
      const summary = fields.description ?? firstLine(body)
      commands.set(file.name, {name: file.name, summary, args: fields['argument-hint'] ?? '', path: file.path, body})
    }
  }
  return {commands: [...commands.values()], skills: [...skills.values()]}
}

function firstLine(body: string): string {
  const line = body.split('\n').find((one) => one.trim() !== '') ?? ''
  return visibleText(line.replace(/^#+\s*/, '').trim())
    .slice(0, 200)
    .toWellFormed()
}

/** Of one skill so much is told, in characters: it is to be chosen by it, not done. */
const MAX_DESCRIPTION = 500

/** For the system prompt: which skills there are; those that come after `maxBytes` are left out. */
export function skillsText(skills: readonly Skill[], maxBytes: number): {text: string; told: number} {
  const lines: string[] = []
  let left = maxBytes
  for (const {name, description, path: file} of skills) {
    const short =
      description.length > MAX_DESCRIPTION ? `${description.slice(0, MAX_DESCRIPTION).toWellFormed()}…` : description
    const line = `- ${name}: ${short} (${visibleText(file)})`
    left -= Buffer.byteLength(line) + 1
    if (left < 0) break
    lines.push(line)
  }
  if (lines.length === 0) return {text: '', told: 0}
  const heading =
    'Skills: files that say how a kind of task is done here. Where a task is of that kind, read the file with read_file first and follow it; files that it names are beside it.'
  return {text: [heading, ...lines].join('\n'), told: lines.length}
}
