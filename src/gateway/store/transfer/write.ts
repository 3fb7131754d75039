import {closeSync, linkSync, openSync, rmSync, statSync, writeSync} from 'node:fs'
import path from 'node:path'
import {visibleText} from '../../../control-sequences.js'
import {errnoOf, exitCodes, HermesError, messageOf} from '../../../errors.js'
import type {SessionEntry, SessionHead, Store} from '../types.js'
import {jsonOf} from './document.js'
import {markdownOf} from './markdown.js'

export const exportFormats = ['json', 'markdown'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** By the ending of the file; undefined where that says nothing. */
export function formatOf(file: string): ExportFormat | undefined {
  const ending = path.extname(file).toLowerCase()
  if (ending === '.json') return 'json'
  return ending === '.md' || ending === '.markdown' ? 'markdown' : undefined
}

/** A stored session as text, piece by piece. */
export function sessionText(store: Store, key: string, format: ExportFormat): Generator<string> {
  const {session, entries} = store.exportSession(key)
  return textOf(session, entries, format)
}

/** A session as text, wherever it is stored. */
export function textOf(session: SessionHead, entries: Iterable<SessionEntry>, format: ExportFormat): Generator<string> {
  return format === 'json' ? jsonOf(session, entries) : markdownOf(session, entries)
}

/** So much is written at once, characters: the process does nothing else meanwhile. */
const SLICE_CHARS = 256 * 1024

/**
 * Writes a file that was not there, for its owner alone, in slices: one at each `next`. It is whole, or not there.
 *
 * @throws HermesError `file/exists | not-written`
 */
export function* writeNewFile(file: string, pieces: Iterable<string>): Generator<void> {
  if (statSync(file, {throwIfNoEntry: false})) throw exists(file)
  const half = `${file}.${process.pid}.part`
  let made = false
  try {
    const descriptor = openSync(half, 'wx', 0o600)
    made = true
    try {
      let size = 0
      for (const piece of pieces) {
        writeSync(descriptor, piece)
        size += piece.length
        if (size < SLICE_CHARS) continue
        size = 0
        yield
      }
    } finally {
      closeSync(descriptor)
    }
    // Fails where the name was taken meanwhile, as a rename would not.
    linkSync(half, file)
  } catch (error) {
    if (error instanceof HermesError) throw error
    if (errnoOf(error) === 'EEXIST') throw exists(file)
    const why = errnoOf(error) === 'ENOENT' ? `there is no folder ${path.dirname(file)}` : messageOf(error)
    throw new HermesError(`${visibleText(file)} could not be written: ${visibleText(why)}`, {
      code: 'file/not-written',
      exit: exitCodes.usage,
      cause: error,
    })
  } finally {
    if (made) rmSync(half, {force: true})
  }
}

function exists(file: string): HermesError {
  return new HermesError(`${visibleText(file)} is there already: nothing was written`, {
    code: 'file/exists',
    exit: exitCodes.usage,
    suggestions: ['give another name, or remove it first'],
  })
}
