import {mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import {bootId, isSameProcess, processBirth} from '../platform.js'
import {readRegularFile} from '../regular-file.js'
import type {OomCounter} from '../supervisor/death/oom.js'

/**
 * What a run of the chat leaves on disk while it lives. A clean end removes it, so that one that is
 * found later tells of a run that ended without a word: by `kill -9`, a crash, a power cut.
 */
/** It takes some hundred. */
const MAX_BYTES = 65_536

const runSchema = v.object({
  version: v.literal(1),
  /** 8 hex digits. */
  instance: v.string(),
  pid: v.number(),
  birth: v.optional(v.string()),
  boot: v.optional(v.string()),
  /** UTC epoch, milliseconds. */
  startedAt: v.number(),
  lastSeen: v.number(),
  sessionKey: v.optional(v.string()),
  gateway: v.object({generation: v.number(), pid: v.optional(v.number())}),
  memory: v.optional(v.object({rssBytes: v.number(), heapBytes: v.number()})),
  /** Kills for want of memory in this cgroup, as counted when the run began. */
  oomKills: v.optional(v.number()),
  /** Which counter that was. */
  oomGroup: v.optional(v.string()),
})

export type RunState = v.InferOutput<typeof runSchema>

/** What changes while a run lives. */
export type RunChange = Partial<Pick<RunState, 'sessionKey' | 'gateway' | 'memory'>>

export interface RunFile {
  /** Written at once where it changes anything. Never throws. */
  update(change: RunChange): void
  /** The run ends in order. Never throws. */
  remove(): void
}

export interface RunFileOptions {
  /** `homeFiles(home).runs`. */
  directory: string
  instance: string
  now?: () => number
  oom: OomCounter | undefined
}

/** Begins the file of this run. A disk that can't take it costs the next run's report, and nothing else. */
export function createRunFile({directory, instance, now = Date.now, oom}: RunFileOptions): RunFile {
  const file = path.join(directory, `${instance}.json`)
  const time = now()
  let state: RunState = {
    version: 1,
    instance,
    pid: process.pid,
    birth: processBirth(process.pid),
    boot: bootId(),
    startedAt: time,
    lastSeen: time,
    gateway: {generation: 0},
    oomKills: oom?.kills,
    oomGroup: oom?.group,
  }
  let written = ''

  function write(): void {
    const {lastSeen: _, ...told} = state
    const text = JSON.stringify(told)
    if (text === written) return
    written = text
    try {
      writeFileSync(`${file}.new`, JSON.stringify(state), {mode: 0o600})
      renameSync(`${file}.new`, file)
    } catch {
      // Full or read-only; said by those who have to write there.
    }
  }

  try {
    mkdirSync(directory, {recursive: true, mode: 0o700})
  } catch {
    // As above.
  }
  write()
  return {
    update(change) {
      state = {...state, ...change, lastSeen: now()}
      write()
    },
    remove() {
      try {
        for (const name of [file, `${file}.new`]) rmSync(name, {force: true})
      } catch {
        // It could not be made either.
      }
    },
  }
}

/** What is on file, of runs that live and of those that vanished. */
export function readRuns(directory: string): RunState[] {
  return namesIn(directory).flatMap((name) => readRun(path.join(directory, name)) ?? [])
}

/** The runs that are no more though nobody removed their file. Each is told to one caller: its file is gone then. */
export function takeVanishedRuns(directory: string): RunState[] {
  const found: RunState[] = []
  for (const name of namesIn(directory)) {
    const file = path.join(directory, name)
    const state = readRun(file)
    if (!state || isSameProcess(state)) continue
    try {
      // Of two that start at once, one renames it.
      renameSync(file, `${file}.told`)
      rmSync(`${file}.told`)
      found.push(state)
    } catch {
      // The other one tells of it.
    }
  }
  return found.sort((a, b) => a.startedAt - b.startedAt)
}

function readRun(file: string): RunState | undefined {
  try {
    const read = v.safeParse(runSchema, JSON.parse(readRegularFile(file, MAX_BYTES)))
    return read.success ? read.output : undefined
  } catch {
    return undefined
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^[0-9a-f]{8}\.json$/.test(name))
  } catch {
    return []
  }
}
