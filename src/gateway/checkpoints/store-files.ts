import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import {messageOf} from '../../errors.js'
import {monotonicMs} from '../monotonic.js'
import type {Contents} from './contents.js'
import {type Reading, tooLarge} from './current.js'
import type {Entry} from './walk.js'

/** Where the content of a file is: stored by us, stored by git (`gitDir`), or nowhere. */
export type Ref = {stored: string} | {blob: string; gitDir: string} | {why: string}

export interface StoreOptions extends Reading {
  contents: Contents
  /** Of contents that are stored anew, bytes. */
  room: number
  signal: AbortSignal
  /** Told what is not covered, in words. */
  gap: (text: string) => void
  /** Told why nothing more can be stored. */
  failed: (why: string) => void
}

/** What is read, compressed and written in one slice. */
const BATCH = {files: 16, bytes: 128 * 1024}

/** A larger file is one by itself, and compressed beside the loop: 4.5 MB would hold it for 130 ms. */
const LARGE = 128 * 1024

/**
 * So long the first command of a turn waits for contents, milliseconds: about 5000 small files that are in no git. The rest
 * is for the next turn.
 */
const MAX_MS = 1500

/** Stores contents of files as far as there is room and time, the youngest first. Never rejects: what fails is not covered. */
export async function storeFiles(
  files: readonly (readonly [string, Entry])[],
  options: StoreOptions,
  set: (file: string, ref: Ref) => void,
): Promise<void> {
  const {maxBytes, withheld, signal, gap, failed, contents} = options
  let {room} = options
  const until = monotonicMs() + MAX_MS
  const waiting = [...files].sort(([, a], [, b]) => a.mtimeMs - b.mtimeMs)
  const excuse = ([file, {size}]: readonly [string, Entry]) =>
    withheld(file) ?? (size > maxBytes ? tooLarge(maxBytes) : undefined)
  const whyNot = ({size}: Entry) => {
    if (size > room) return 'there is no room for it (checkpoints.maxMb)'
    if (signal.aborted) return 'the turn was interrupted before it was stored'
    return monotonicMs() > until ? 'there was no time to store it before the command' : undefined
  }
  let late = 0
  while (waiting.length > 0) {
    const batch: {file: string; bytes: Buffer}[] = []
    for (let bytes = 0; waiting.length > 0 && batch.length < BATCH.files && bytes < BATCH.bytes; ) {
      if (batch.length > 0 && (waiting.at(-1)?.[1].size ?? 0) > LARGE) break
      const next = waiting.pop()
      if (!next) break
      const [file, entry] = next
      const excused = excuse(next)
      const why = excused ?? whyNot(entry)
      if (why !== undefined && excused === undefined) late++
      const read = why === undefined ? readNow(file, maxBytes) : {why}
      if ('why' in read) set(file, read)
      else batch.push({file, bytes: read})
      bytes += entry.size
      room -= why === undefined ? entry.size : 0
    }
    try {
      const [first] = batch
      const names =
        first && batch.length === 1 && first.bytes.length > LARGE
          ? [await contents.put(first.bytes, {durable: false})]
          : contents.putNow(batch.map(({bytes}) => bytes))
      for (const [at, {file}] of batch.entries()) set(file, {stored: names[at] ?? ''})
    } catch (error) {
      const why = messageOf(error)
      failed(why)
      for (const {file} of batch) set(file, {why})
      for (const [file] of waiting) set(file, {why})
      return
    }
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  if (late > 0) gap(`${late} files, for which there was no room or no time`)
}

function readNow(file: string, maxBytes: number): Buffer | {why: string} {
  let descriptor: number | undefined
  try {
    // Neither follows a link nor waits for the other end of a pipe that was put there meanwhile.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    const info = fstatSync(descriptor)
    if (!info.isFile()) return {why: 'it changed while it was read'}
    if (info.size > maxBytes) return {why: tooLarge(maxBytes)}
    const bytes = Buffer.allocUnsafe(info.size)
    let length = 0
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(descriptor, bytes, length, bytes.length - length, length)
    }
    return bytes.subarray(0, length)
  } catch (error) {
    return {why: `it can't be read: ${messageOf(error)}`}
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
