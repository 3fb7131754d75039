import path from 'node:path'
import type {ActiveRules, FileRule} from '../rules/active-rules.js'
import type {ShellRedirect, ShellWord} from '../shell/types.js'
import type {RunnableScript} from '../types.js'
import type {Workspace} from '../workspace.js'
import type {FileAccess} from './file-verdict.js'
import type {ScannedLine} from './scan.js'

/** Files that the shell itself opens for a line. */
export interface RedirectedFiles {
  files: FileAccess[]
  /** Why it may open others. */
  unclear: string | undefined
}

/** `> file` writes it, `< file` reads it; a copy of an open descriptor (`2>&1`), `/dev/null` and here-documents are no file. */
export function redirectedFiles(line: ScannedLine, cwd: string, workspace: Workspace): RedirectedFiles {
  const found: RedirectedFiles = {files: [], unclear: undefined}
  const open = (redirects: readonly ShellRedirect[], folders: readonly string[] | undefined) => {
    for (const {operator, descriptor, target} of redirects) {
      if (/^<<[-<]?$/.test(operator)) continue
      const file = target?.literal ? target.text : undefined
      if (/^[<>]&$/.test(operator) && file !== undefined && /^(?:\d+|-)$/.test(file)) continue
      if (file === undefined || typeof descriptor === 'string' || !/^(?:>>?|>\||<>?)$/.test(operator)) {
        found.unclear = `it can’t be told which file ${operator} opens`
      } else if (file !== '/dev/null') {
        if (folders === undefined && !path.isAbsolute(file))
          found.unclear = 'it can’t be told in which folder it writes'
        for (const folder of folders ?? ['/']) {
          const real = workspace.realPathOf(path.isAbsolute(file) ? file : `${folder}/${file}`)
          if (operator.startsWith('<')) found.files.push({tool: 'read', path: real})
          if (operator !== '<') found.files.push({tool: 'edit', path: real})
        }
      }
    }
  }
  for (const {redirects, folders} of line.commands) open(redirects, folders)
  for (const {redirects} of line.innerCommands) open(redirects, [workspace.realPathOf(cwd)])
  return found
}

/** Deny and ask rules of reading that speak of a file which a command names in any of its words; deny first. */
export function rulesOfNamedFiles(
  line: ScannedLine,
  cwd: string,
  rules: ActiveRules,
  workspace: Workspace,
): FileRule[] {
  const restricting = readRestrictions(rules)
  if (restricting.length === 0) return []
  const here = [workspace.realPathOf(cwd)]
  const files = [
    ...line.commands.flatMap(({words, folders}) => filesNamed(words, folders ?? here, workspace)),
    ...line.innerCommands.flatMap(({words}) => filesNamed(words, here, workspace)),
  ]
  return restricting.filter(({matcher}) => files.some((file) => matcher.matches(file)))
}

/** The same of a command that only reads, by what it is really given; a walk through a folder reads what is below it. */
export function rulesOfReadFiles(
  run: RunnableScript,
  cwd: string,
  rules: ActiveRules,
  workspace: Workspace,
): FileRule[] {
  const restricting = readRestrictions(rules)
  if (restricting.length === 0) return []
  const here = [workspace.realPathOf(cwd)]
  const files: string[] = []
  const folders: string[] = []
  for (const {program, args} of run.lists.flatMap(({pipeline}) => pipeline)) {
    const named = filesNamed(
      [program, ...args].map((text) => ({text, literal: true})),
      here,
      workspace,
    )
    files.push(...named)
    if (walks(path.basename(program), args)) folders.push(...here, ...named)
  }
  return restricting.filter(
    ({matcher}) =>
      files.some((file) => matcher.matches(file)) ||
      folders.some((folder) => !path.relative(folder, matcher.base).startsWith('..') || matcher.matches(folder)),
  )
}

function readRestrictions({file}: ActiveRules): FileRule[] {
  const restricting = file.filter(({rule, effect}) => rule.tool === 'read' && effect !== 'allow')
  return restricting.sort((a, b) => Number(a.effect === 'ask') - Number(b.effect === 'ask'))
}

/** Programs that read what is below a folder. */
function walks(program: string, args: readonly string[]): boolean {
  if (/^(?:rg|fd|fdfind|find|tree|du|git)$/.test(program)) return true
  return (
    /^(?:e?grep|ls|diff)$/.test(program) &&
    args.some((word) => /^-[A-Za-z]*[rR]|^--(?:dereference-)?recursive/.test(word))
  )
}

/** What of a word may be a path: all of it, what follows `=`, `:`, `@` or an option's letter. */
function filesNamed(words: readonly ShellWord[], folders: readonly string[], {home, realPathOf}: Workspace): string[] {
  const parts = new Set<string>()
  for (const {text, literal} of words.slice(1)) {
    const whole = literal ? text : text.replace(/^["']?\$(?:HOME\b|\{HOME\})["']?|^~(?=\/|$)/, home)
    parts.add(whole)
    for (const form of [/=(.+)$/s, /:([^:]+)$/s, /^@(.+)$/s, /^-[A-Za-z](.+)$/s])
      parts.add(form.exec(whole)?.[1] ?? whole)
  }
  return [...parts]
    .filter((part) => !part.includes('\0'))
    .flatMap((part) => folders.map((folder) => realPathOf(path.resolve(folder, part))))
}
