import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {messageOf} from '../../../errors.js'
import {readRegularBytes, readRegularFile} from '../../../regular-file.js'
import {StoredJson} from './stored-json.js'

/** JSON of more characters is a file of its own: in the database it would be written up to three times. */
export const LARGE_CHARS = 32 * 1024

const MAX_BYTES = 1024 ** 3

/**
 * Large arguments and results of tools, and images of prompts: files in a folder beside the database, named by their content, so that what
 * is stored twice (in a branch, by a second call) is there once.
 */
export class Contents {
  /** Undefined: the database is in memory. */
  readonly #folder: string | undefined
  /** Bytes beside a database in memory. */
  readonly #held = new Map<string, Buffer>()

  constructor(database: string | undefined) {
    this.#folder = database === undefined ? undefined : `${database}-files`
  }

  /**
   * Stores a value. `made`: the name of a file that was not there before.
   *
   * @throws what the system says
   */
  put(value: unknown): {stored: StoredJson | undefined; made: string | undefined} {
    if (value instanceof StoredJson) return {stored: value, made: undefined}
    const json = JSON.stringify(value) ?? null
    if (json === null || json.length <= LARGE_CHARS || this.#folder === undefined) {
      return {stored: StoredJson.inRow(json, null), made: undefined}
    }
    const bytes = Buffer.from(json)
    const name = nameOf(bytes, 'json')
    return {stored: StoredJson.inFile(name), made: this.#write(name, bytes) ? name : undefined}
  }

  /**
   * Stores what is no JSON under a name with that ending. `made`: it was not there before.
   *
   * @throws what the system says
   */
  putBytes(bytes: Buffer, ending: string): {file: string; made: boolean} {
    const file = nameOf(bytes, ending)
    if (this.#folder !== undefined) return {file, made: this.#write(file, bytes)}
    const made = !this.#held.has(file)
    this.#held.set(file, bytes)
    return {file, made}
  }

  /** What {@link putBytes} stored; undefined where it can't be read any more. */
  readBytes(file: string): Buffer | undefined {
    if (this.#folder === undefined) return this.#held.get(file)
    try {
      return readRegularBytes(this.#fileOf(file), MAX_BYTES)
    } catch {
      return undefined
    }
  }

  /** Whether it was not there. Whole at once: a process that dies leaves no half a file under the name. */
  #write(name: string, bytes: Buffer): boolean {
    const file = this.#fileOf(name)
    try {
      if (readRegularBytes(file, bytes.length).equals(bytes)) return false
    } catch {
      // It is not there, or not what it should be.
    }
    mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
    const half = `${file}.${process.pid}`
    rmSync(half, {force: true})
    try {
      writeFileSync(half, bytes, {flag: 'wx', mode: 0o600})
      renameSync(half, file)
    } catch (error) {
      rmSync(half, {force: true})
      throw error
    }
    return true
  }

  /** The value; where its file can't be read, what `inWords` makes of the reason. */
  read(stored: StoredJson | undefined, inWords: (why: string) => unknown): unknown {
    if (!stored) return undefined
    if (stored.file === null) return stored.text === null ? undefined : JSON.parse(stored.text)
    const file = this.#fileOf(stored.file)
    try {
      return JSON.parse(readRegularFile(file, MAX_BYTES))
    } catch (error) {
      return inWords(`its file ${file} cannot be read (${messageOf(error)})`)
    }
  }

  /** Never throws. */
  remove(name: string): void {
    this.#held.delete(name)
    try {
      rmSync(this.#fileOf(name), {force: true})
    } catch {}
  }

  #fileOf(name: string): string {
    return path.join(this.#folder ?? '', path.basename(name))
  }
}

function nameOf(bytes: Buffer, ending: string): string {
  // Loaded when it is needed: it takes 6 ms.
  const {createHash} = process.getBuiltinModule('node:crypto')
  return `${createHash('sha256').update(bytes).digest('hex')}.${ending}`
}
