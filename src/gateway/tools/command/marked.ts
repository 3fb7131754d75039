import {readdirSync, readFileSync} from 'node:fs'
import {setImmediate as breath} from 'node:timers/promises'
import {stripControlSequences} from '../../../control-sequences.js'
import {MARK} from './mark.js'

export interface MarkedProcess {
  pid: number
  mark: string
}

/** So many are looked at in a stretch, 1 ms of it. */
const SLICE = 50

/** A process may start another one while it is ended. */
const ROUNDS = 5

/** The processes of commands whose mark `matches`, by their environment. Only Linux tells: elsewhere none. */
export async function markedProcesses(matches: (mark: string) => boolean): Promise<MarkedProcess[]> {
  const found: MarkedProcess[] = []
  for (const [index, pid] of pids().entries()) {
    if (index % SLICE === SLICE - 1) await breath()
    const mark = markIn(environOf(pid))
    if (mark !== undefined && matches(mark) && pid !== process.pid) found.push({pid, mark})
  }
  return found
}

/** SIGTERM, and SIGKILL for what is left when `over` resolves. Resolves with how many there were. */
export async function endMarked(matches: (mark: string) => boolean, over: Promise<unknown>): Promise<number> {
  const first = await markedProcesses(matches)
  for (const {pid} of first) signal(pid, 'SIGTERM')
  if (first.length > 0) await over
  for (let round = 0; round < ROUNDS; round++) {
    const left = await markedProcesses(matches)
    if (left.length === 0) break
    for (const {pid} of left) signal(pid, 'SIGKILL')
  }
  return first.length
}

/** What a process was started as, for people and models: at most 200 characters of one line. */
export function commandLineOf(pid: number): string {
  const words = Buffer.from(readOf(pid, 'cmdline'), 'latin1').toString('utf8').replaceAll('\0', ' ')
  return stripControlSequences(words).replace(/\s+/g, ' ').trim().slice(0, 200).toWellFormed()
}

function pids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  } catch {
    return []
  }
}

/** One of another person, or that has just gone, has none. A zombie's is empty. */
function environOf(pid: number): string {
  return readOf(pid, 'environ')
}

function readOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

function markIn(environ: string): string | undefined {
  const name = `${MARK}=`
  const at = environ.startsWith(name) ? 0 : environ.indexOf(`\0${name}`) + 1
  if (at === 0 && !environ.startsWith(name)) return undefined
  const end = environ.indexOf('\0', at)
  return environ.slice(at + name.length, end === -1 ? undefined : end)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone, or not ours (a `sudo`).
  }
}
