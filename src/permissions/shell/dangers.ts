import {carriers, type Danger, dangers, downloaders, interpreters} from './danger-table.js'
import type {ParsedCommand, ShellRedirect, SimpleCommand} from './types.js'
import {programName} from './wrappers.js'

/** What a person should know before saying yes. It is no proof that there is nothing else. */
export function dangersOf(command: ParsedCommand): string[] {
  return [...new Set(found(command).map(({says}) => says))]
}

/** Whether something may be lost that can't be had back, so that no answer is chosen beforehand. */
export function isDestructive(command: ParsedCommand): boolean {
  return found(command).some(({destroys}) => destroys)
}

type Found = Pick<Danger, 'says' | 'destroys'>

const unclear: Found = {says: "can't be read to its end", destroys: true}
const overwriting: Found = {says: 'overwrites a file', destroys: true}
const runningDownload: Found = {says: 'runs what it downloads'}

function found({complete, commands}: ParsedCommand): Found[] {
  const all: Found[] = complete ? [] : [unclear]
  const programs = commands.map(programsIn)
  const downloadsBefore = countBefore(programs, downloaders)
  for (const [index, {redirects, pipedFrom, nestedTo}] of commands.entries()) {
    const mine = programs[index] ?? []
    for (const {name, args} of mine) all.push(...byName(name, args))
    if (redirects.some(overwrites)) all.push(overwriting)
    // `curl … | sh`, and `sh <(curl …)`, `eval "$(curl …)"`.
    const sources = [pipedFrom ?? index, nestedTo].map((at) => downloadsBefore[at] ?? 0)
    const own = mine.some(({name}) => downloaders.has(name)) ? 1 : 0
    const downloads = (sources[1] ?? 0) - (sources[0] ?? 0) - own
    if (downloads > 0 && mine.some(({name}) => interpreters.has(name))) all.push(runningDownload)
  }
  return all
}

/** At each index how many commands in front of it run one of the programs. */
function countBefore(programs: readonly (readonly Program[])[], names: ReadonlySet<string>): number[] {
  const counts = [0]
  let count = 0
  for (const each of programs) {
    if (each.some(({name}) => names.has(name))) count++
    counts.push(count)
  }
  return counts
}

interface Program {
  name: string
  args: readonly string[]
}

/** How far behind `sudo`, `xargs` and the like a program is looked for. */
const MAX_CARRIED = 50

/** The program, and each word behind one that runs others: `sudo -u x rm` is an `rm` too. */
function programsIn({words}: SimpleCommand): Program[] {
  const texts = words.map(({text}) => text)
  const runsOthers =
    carriers.has(programName(words[0]) ?? '') || texts.some((text) => /^-(?:exec|ok)(?:dir)?$/.test(text))
  return words.slice(0, runsOthers ? MAX_CARRIED : 1).flatMap((word, index) => {
    const name = programName(word)
    // Behind others a dot is a folder.
    return name === undefined || (index > 0 && name === '.') ? [] : [{name, args: texts.slice(index + 1)}]
  })
}

function byName(name: string, args: readonly string[]): Danger[] {
  // `mkfs.ext4`.
  const base = name.replace(/^mkfs\..*/, 'mkfs')
  return (dangersByName.get(base) ?? []).filter(({when}) => when?.(args) ?? true)
}

const dangersByName = new Map<string, Danger[]>()
for (const danger of dangers) {
  for (const name of danger.programs.split(' ')) dangersByName.set(name, [...(dangersByName.get(name) ?? []), danger])
}

function overwrites({operator, target}: ShellRedirect): boolean {
  if (!['>', '>|', '&>', '>&'].includes(operator)) return false
  if (target?.literal && operator === '>&' && /^(?:\d+|-)$/.test(target.text)) return false
  return !(target?.literal && /^\/dev\/(?:null|stdout|stderr|tty)$/.test(target.text))
}
