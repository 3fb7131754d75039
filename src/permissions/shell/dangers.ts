import {carriers, type Danger, dangers, downloaders, interpreters} from './danger-table.js'
import type {ParsedCommand, ShellRedirect, SimpleCommand} from './types.js'
import {programName} from './wrappers.js'

export interface Dangers {
  /** A few words each, for the person: `deletes files`. */
  says: string[]
  /** What is lost can't be had back; also where nobody can tell. */
  destroys: boolean
}

const unclear: Pick<Danger, 'says' | 'destroys'> = {says: "can't be read to its end", destroys: true}

/** What a person should know before saying yes. It is no proof that there is nothing else. */
export function dangersOf(command: ParsedCommand): string[] {
  return [...new Set(found(command).map(({says}) => says))]
}

/** Whether something may be lost that can't be had back, so that no answer is chosen beforehand. */
export function isDestructive(command: ParsedCommand): boolean {
  return found(command).some(({destroys}) => destroys)
}

function found(parsed: ParsedCommand): Pick<Danger, 'says' | 'destroys'>[] {
  const all = parsed.complete ? [] : [unclear]
  return [
    ...all,
    ...parsed.commands.flatMap((command, index) => [
      ...programsIn(command).flatMap(({name, args}) => byName(name, args)),
      ...command.redirects.filter(overwrites).map(() => ({says: 'overwrites a file', destroys: true as const})),
      ...(runsDownload(command, index, parsed.commands) ? [{says: 'runs what it downloads'}] : []),
    ]),
  ]
}

/** The program, and each word behind one that runs others: `sudo -u x rm` is an `rm` too. */
function programsIn({words}: SimpleCommand): {name: string; args: string[]}[] {
  const texts = words.map(({text}) => text)
  const programs: {name: string; args: string[]}[] = []
  let carried = true
  for (const [index, word] of words.entries()) {
    if (!carried) break
    const name = programName(word)
    if (name === undefined) continue
    programs.push({name, args: texts.slice(index + 1)})
    carried = index > 0 || carriers.has(name) || texts.some((text) => /^-(?:exec|ok)(?:dir)?$/.test(text))
  }
  return programs
}

function byName(name: string, args: readonly string[]): Danger[] {
  // `mkfs.ext4`.
  const base = name.replace(/^mkfs\..*/, 'mkfs')
  return dangers.filter(({programs, when}) => programs.split(' ').includes(base) && (when?.(args) ?? true))
}

function overwrites({operator, target}: ShellRedirect): boolean {
  if (!['>', '>|', '&>', '>&'].includes(operator)) return false
  if (target?.literal && operator === '>&' && /^(?:\d+|-)$/.test(target.text)) return false
  return !(target?.literal && /^\/dev\/(?:null|stdout|stderr|tty)$/.test(target.text))
}

/** `curl … | sh`, `sh <(curl …)`, `eval "$(curl …)"`. */
function runsDownload(
  {words, pipedFrom, nestedTo}: SimpleCommand,
  index: number,
  all: readonly SimpleCommand[],
): boolean {
  if (!words.some((word) => interpreters.has(programName(word) ?? ''))) return false
  const sources = [...all.slice(pipedFrom ?? index, index), ...all.slice(index + 1, nestedTo)]
  return sources.some((source) => source.words.some((word) => downloaders.has(programName(word) ?? '')))
}
