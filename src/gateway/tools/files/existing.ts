import {type Decoded, decode} from './encoding.js'
import type {Located} from './locate.js'
import {MAX_WHOLE_BYTES, openFile, readWhole} from './open-file.js'
import {versionOf} from './versions.js'
import type {FileBefore} from './write-approved.js'

/** A file that is there and that is to be changed. */
export interface Existing extends FileBefore {
  bytes: number
  /** Undefined: it is binary. */
  decoded: Decoded | undefined
}

/** Reads a file that is to be changed. Throws, in words, for what can't be. */
export async function readExisting(target: Located): Promise<Existing> {
  if (target.kind !== 'file') throw new Error(`${target.shown} is not a regular file`)
  const opened = await openFile(target.path)
  try {
    const bytes = await readWhole(opened, MAX_WHOLE_BYTES)
    if (!bytes) {
      throw new Error(`${target.shown} has ${opened.size} bytes; up to ${MAX_WHOLE_BYTES} can be compared and replaced`)
    }
    const {id, mode, uid, gid} = opened
    return {id, mode, uid, gid, version: await versionOf(bytes), bytes: bytes.length, decoded: decode(bytes)}
  } finally {
    await opened.file.close()
  }
}

/** What the model is told where its knowledge of a file is out of date. */
export function changedSinceRead({shown}: Located): string {
  return `${shown} was changed since you read it: read it again`
}
