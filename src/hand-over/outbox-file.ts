import {readdirSync} from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import {errnoOf} from '../errors.js'
import {processBirth} from '../platform.js'
import {readRegularFile} from '../regular-file.js'

/**
 * Draft and queue of one session on disk: written by the chat, and read by a gateway that works without a terminal.
 * `pid` and `birth` are those of the run that wrote it.
 */
export const outboxFile = v.object({
  version: v.literal(1),
  pid: v.number(),
  birth: v.optional(v.string()),
  /** The session was never prompted. */
  blank: v.optional(v.boolean()),
  /** Folder of the run. */
  cwd: v.optional(v.string()),
  /** The run writes nothing more. */
  left: v.optional(v.boolean()),
  /** The queue waits until the person says so. */
  held: v.optional(v.boolean()),
  draft: v.string(),
  /** Labels of draft and prompts, and the files of the long texts and images for which they stand. */
  pasted: v.optional(v.record(v.string(), v.string())),
  prompts: v.array(
    v.object({
      id: v.string(),
      text: v.string(),
      sentAs: v.optional(v.string()),
      state: v.picklist(['queued', 'submitted', 'acknowledged', 'kept']),
      shown: v.boolean(),
      /** It was for a turn that ran. */
      steers: v.optional(v.picklist(['asked', 'taken'])),
    }),
  ),
})

export type OutboxFile = v.InferOutput<typeof outboxFile>

/** A thousand long prompts. */
export const MAX_OUTBOX_BYTES = 64 * 1_048_576

/** Between the key and the name of a run: what is encoded has none. */
export const BESIDE = '+'

/** `session`: its key, encoded. */
export function isOfSession(name: string, session: string): boolean {
  return name === session || name.startsWith(session + BESIDE)
}

/** The run that wrote it still goes on. A pid alone proves nothing: it is reused. */
export function isLiving({pid, birth, left}: Pick<OutboxFile, 'pid' | 'birth' | 'left'>): boolean {
  if (left) return false
  if (birth !== undefined) return processBirth(pid) === birth
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

/**
 * What was queued for a session by runs that have ended, in order, and is not held back. `pasted`: names of files by
 * label. Never throws.
 */
export function waitingPrompts(
  folder: string,
  key: string,
): {id: string; text: string; pasted?: Readonly<Record<string, string>>}[] {
  const session = encodeURIComponent(key)
  return namesIn(folder)
    .filter((name) => isOfSession(name, session))
    .flatMap((name) => {
      try {
        const content = readRegularFile(path.join(folder, `${name}.json`), MAX_OUTBOX_BYTES)
        const file = v.parse(outboxFile, JSON.parse(content))
        const {pasted} = file
        if (file.held || isLiving(file)) return []
        return pasted ? file.prompts.map((prompt) => ({...prompt, pasted})) : file.prompts
      } catch {
        // The next chat reads it too, and tells what is wrong with it.
        return []
      }
    })
}

/** Names of the files, without their ending. Never throws. */
export function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((entry) => entry.endsWith('.json'))
    return names.map((entry) => entry.slice(0, -'.json'.length)).sort()
  } catch {
    return []
  }
}
