import {constants, existsSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {access, chmod, mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'
import {contentFile} from '../store/checkpoints/delete.js'
import type {CheckpointStore} from '../store/checkpoints/types.js'

/** First byte of a file: how the rest is. */
const RAW = 0
const DEFLATED = 1

/** Below this it is not tried. */
const MIN_DEFLATED = 256

/** Folder of what is not whole yet. */
const NEW = 'new'

/** A half of a file that is older was left by a process that died. */
const HALF_KEPT_MS = 3_600_000

/**
 * Contents of files, in a folder of their own (0700, files 0600), named by their SHA-256 and compressed where that makes
 * them smaller. What is read is checked against its name: half a file, after a power cut, is none.
 */
export class Contents {
  readonly #folder: string
  readonly #rows: Pick<CheckpointStore, 'use'>

  constructor(folder: string, rows: Pick<CheckpointStore, 'use'>) {
    this.#folder = folder
    this.#rows = rows
  }

  /**
   * Stores a content; returns its name. `durable`: it outlives a power cut too, which takes some milliseconds.
   *
   * @throws what the system says: a full disk, a folder that can't be written
   */
  async put(bytes: Buffer, {durable}: {durable: boolean}): Promise<string> {
    const name = await hashOf(bytes)
    const file = this.#fileOf(name)
    // Used from now on, so that nobody removes it meanwhile.
    this.#rows.use([{name, bytes: bytes.length}])
    if (durable ? (await this.read(name)) !== undefined : await isThere(file)) return name
    const folder = path.dirname(file)
    await mkdir(folder, {recursive: true, mode: 0o700})
    const half = path.join(await this.#halves(), `${name}.${await ownEnding()}`)
    try {
      await writeWhole(half, await packed(bytes), durable)
      await rename(half, file)
    } catch (error) {
      await unlink(half).catch(() => {})
      throw error
    }
    if (durable) await syncFolder(folder)
    return name
  }

  /**
   * Stores contents at once, for many: 0.2 ms each where {@link put} takes 2. A process that is killed leaves no half of one,
   * a power cut may, which is then known for that.
   *
   * @throws what the system says; some may be stored then
   */
  putNow(contents: readonly Buffer[]): string[] {
    if (contents.length === 0) return []
    const {createHash} = process.getBuiltinModule('node:crypto')
    const {deflateSync} = process.getBuiltinModule('node:zlib')
    const named = contents.map((bytes) => ({name: createHash('sha256').update(bytes).digest('hex'), bytes}))
    this.#rows.use(named.map(({name, bytes}) => ({name, bytes: bytes.length})))
    for (const {name, bytes} of named) {
      const file = this.#fileOf(name)
      if (existsSync(file)) continue
      const packed = bytes.length < MIN_DEFLATED ? bytes : deflateSync(bytes, {level: 1})
      const half = path.join(this.#folder, NEW, `${name}.${process.pid}`)
      try {
        writeFileSync(this.#folderOf(half), asStored(bytes, packed), {mode: 0o600})
        renameSync(half, this.#folderOf(file))
      } catch (error) {
        rmSync(half, {force: true})
        throw error
      }
    }
    return named.map(({name}) => name)
  }

  #folderOf(file: string): string {
    const folder = path.dirname(file)
    if (!existsSync(folder)) mkdirSync(folder, {recursive: true, mode: 0o700})
    return file
  }

  /** Undefined: it is not there, or not what it was. */
  async read(name: string): Promise<Buffer | undefined> {
    try {
      const bytes = await unpacked(await readFile(this.#fileOf(name)))
      return (await hashOf(bytes)) === name ? bytes : undefined
    } catch {
      return undefined
    }
  }

  /** Never throws. */
  remove(name: string): void {
    try {
      rmSync(this.#fileOf(name), {force: true})
    } catch {}
  }

  /** Writes a file beside the contents, all of it or nothing. */
  async putFile(name: string, bytes: Buffer): Promise<void> {
    const file = path.join(this.#folder, name)
    await mkdir(path.dirname(file), {recursive: true, mode: 0o700})
    const half = path.join(await this.#halves(), `${path.basename(name)}.${await ownEnding()}`)
    try {
      await writeWhole(half, bytes, true)
      await rename(half, file)
    } catch (error) {
      await unlink(half).catch(() => {})
      throw error
    }
  }

  /** Undefined: there is none. */
  async readFile(name: string): Promise<Buffer | undefined> {
    return readFile(path.join(this.#folder, name)).catch(() => undefined)
  }

  /** Removes what processes left that died, and of `folder` all but the files of those names. */
  async tidy(folder: string, names: ReadonlySet<string>): Promise<void> {
    const halves = path.join(this.#folder, NEW)
    for (const half of await readdir(halves).catch(() => [])) {
      const file = path.join(halves, half)
      const info = await stat(file).catch(() => undefined)
      if (info && info.mtimeMs < Date.now() - HALF_KEPT_MS) await rm(file, {force: true}).catch(() => {})
    }
    const inside = path.join(this.#folder, folder)
    for (const name of await readdir(inside).catch(() => [])) {
      if (!names.has(name)) await rm(path.join(inside, name), {force: true}).catch(() => {})
    }
  }

  async #halves(): Promise<string> {
    const folder = path.join(this.#folder, NEW)
    await mkdir(folder, {recursive: true, mode: 0o700})
    // `recursive` makes the folders above with the same mode; one that was there keeps its own.
    await chmod(this.#folder, 0o700).catch(() => {})
    return folder
  }

  #fileOf(name: string): string {
    return contentFile(this.#folder, name)
  }
}

export async function hashOf(bytes: Buffer): Promise<string> {
  const {createHash} = await import('node:crypto')
  return createHash('sha256').update(bytes).digest('hex')
}

/** The same content may be stored twice at once. */
async function ownEnding(): Promise<string> {
  const {randomBytes} = await import('node:crypto')
  return randomBytes(6).toString('hex')
}

async function packed(bytes: Buffer): Promise<Buffer> {
  if (bytes.length < MIN_DEFLATED) return asStored(bytes, bytes)
  const zlib = await import('node:zlib')
  return asStored(bytes, await promisify(zlib.deflate)(bytes, {level: 1}))
}

function asStored(bytes: Buffer, deflated: Buffer): Buffer {
  const worthIt = deflated.length < bytes.length * 0.9
  return Buffer.concat([Buffer.of(worthIt ? DEFLATED : RAW), worthIt ? deflated : bytes])
}

async function unpacked(stored: Buffer): Promise<Buffer> {
  const rest = stored.subarray(1)
  if (stored[0] !== DEFLATED) return rest
  const zlib = await import('node:zlib')
  return promisify(zlib.inflate)(rest)
}

async function writeWhole(file: string, bytes: Buffer, durable: boolean): Promise<void> {
  if (!durable) return writeFile(file, bytes, {flag: 'wx', mode: 0o600})
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
