import {constants} from 'node:fs'
import {type FileHandle, lstat, open, rename, unlink} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf} from '../../../errors.js'
import {Folder} from './folder.js'
import {identityOf, type Place} from './locate.js'
import {MAX_WHOLE_BYTES, openEntry, readWhole} from './open-file.js'
import {versionOf} from './versions.js'

/** The file that was there when the person was asked. */
export interface FileBefore {
  /** Which file it is, and what is in it. */
  id: string
  version: string
  mode: number
  uid: number
  gid: number
}

/**
 * Writes what was approved, where it was approved: in the folder of that identity, in place of that file
 * with that content, or of none. Anything else there by now is an error in words, and stays. Written
 * beside it and renamed: a full disk keeps the old file, and a crash leaves the old one or the new one. `mode`: of a new
 * file; default as the process makes them.
 */
export async function writeApproved(
  place: Place,
  before: FileBefore | undefined,
  content: Buffer,
  mode?: number,
): Promise<void> {
  let folder = await Folder.open(place.folder, place.folderId)
  try {
    for (const name of place.missing) {
      const inner = await folder.makeFolder(name)
      await folder.close()
      folder = inner
    }
    await replaceIn(folder, place.name, before, content, mode)
  } catch (error) {
    // The names that were used say nothing to anybody.
    if (errnoOf(error) !== undefined) Object.assign(error as Error, {path: path.join(folder.path, place.name)})
    throw error
  } finally {
    await folder.close()
  }
}

async function replaceIn(
  folder: Folder,
  name: string,
  before: FileBefore | undefined,
  content: Buffer,
  mode: number | undefined,
): Promise<void> {
  const {randomBytes} = await import('node:crypto')
  const temporary = folder.at(`.${name.slice(0, 50)}.${randomBytes(6).toString('hex')}.tmp`)
  await folder.assertThere()
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
  const file = await open(temporary, flags, before ? 0o600 : 0o666)
  try {
    try {
      await file.writeFile(content)
      if (before) await takeOver(file, before)
      else if (mode !== undefined) await file.chmod(mode)
      await file.sync()
      const written = identityOf(await file.stat({bigint: true}))
      // As late as can be: what another program does between this and the rename is lost.
      await assertUnchanged(folder.at(name), before)
      await folder.assertThere()
      await rename(temporary, folder.at(name))
      const there = await lstat(folder.at(name), {bigint: true}).then(identityOf, () => undefined)
      if (there !== written) throw new Error('it was replaced by another program in the same moment: read it again')
    } finally {
      await file.close()
    }
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
  await folder.sync()
}

/** Mode and, where it is allowed, owner. The owner first: a change of it clears bits of the mode. */
async function takeOver(file: FileHandle, {mode, uid, gid}: FileBefore): Promise<void> {
  const own = await file.stat()
  if (own.uid !== uid || own.gid !== gid) {
    await file.chown(uid, gid).catch(() => file.chown(own.uid, gid).catch(() => {}))
  }
  await file.chmod(mode)
}

async function assertUnchanged(name: string, before: FileBefore | undefined): Promise<void> {
  if (!before) {
    const there = await lstat(name).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error
    })
    if (there) throw changed()
    return
  }
  const now = await openEntry(name).catch((error: unknown) => {
    throw errnoOf(error) === undefined || errnoOf(error) === 'ENOENT' ? changed() : error
  })
  try {
    const content = now.id === before.id ? await readWhole(now, MAX_WHOLE_BYTES) : undefined
    if (!content || (await versionOf(content)) !== before.version) throw changed()
  } finally {
    await now.file.close()
  }
}

function changed(): Error {
  return new Error('it was changed by another program meanwhile; nothing was written: read it again')
}
