import {renameSync, writeFileSync} from 'node:fs'
import * as v from 'valibot'
import {isSameProcess} from '../platform.js'
import {readRegularFile} from '../regular-file.js'
import type {UsedSession} from '../supervisor/wire/last-used.js'
import {type RunState, readRuns} from './run-file.js'

/** What may have been used since by another program is looked for among the newest. */
const KEPT = 32
const MAX_BYTES = 65_536

const schema = v.object({version: v.literal(1), sessions: v.array(v.object({key: v.string(), at: v.number()}))})

/** Notes sessions for `--continue`, with a gateway that does not tell which one was used last. Never throws. */
export function noteUsed(file: string, used: readonly UsedSession[]): void {
  if (used.length === 0) return
  try {
    const sessions = newestOfEach([...used, ...read(file)]).slice(0, KEPT)
    writeFileSync(`${file}.new`, JSON.stringify({version: 1, sessions}), {mode: 0o600})
    renameSync(`${file}.new`, file)
  } catch {
    // Full or read-only; said by those who have to write there.
  }
}

/** The sessions that runs have open, had open when they vanished, or had open at their end; newest first. */
export function usedSessions({runs, usedSessions: file}: {runs: string; usedSessions: string}): UsedSession[] {
  return newestOfEach([...sessionsOf(readRuns(runs)), ...read(file)])
}

export function sessionsOf(runs: readonly RunState[]): UsedSession[] {
  return runs.flatMap(({sessionKey: key, lastSeen: at}) => (key === undefined ? [] : [{key, at}]))
}

/** The other runs that live and have this session open. */
export function runsWith(runs: string, sessionKey: string, instance: string): RunState[] {
  return readRuns(runs).filter(
    (run) => run.instance !== instance && run.sessionKey === sessionKey && isSameProcess(run),
  )
}

function newestOfEach(used: readonly UsedSession[]): UsedSession[] {
  const newest = new Map<string, UsedSession>()
  for (const each of used.toSorted((a, b) => b.at - a.at)) if (!newest.has(each.key)) newest.set(each.key, each)
  return [...newest.values()]
}

function read(file: string): UsedSession[] {
  try {
    const parsed = v.safeParse(schema, JSON.parse(readRegularFile(file, MAX_BYTES)))
    return parsed.success ? parsed.output.sessions : []
  } catch {
    return []
  }
}
