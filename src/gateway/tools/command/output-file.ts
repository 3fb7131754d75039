import {closeSync, fchmodSync, mkdirSync, openSync, rmSync, writeSync} from 'node:fs'
import path from 'node:path'
import {errnoOf, messageOf} from '../../../errors.js'

/** Where the whole output of a command goes. */
export interface OutputPlace {
  /** Absolute; where it is there already, the next free one of `FILE-2.txt`, … is taken. */
  file: string
  /** The rest is left out. 0: nothing is kept. */
  maxBytes: number
  /** There is one more file to stay. */
  onKept?(): void
}

/** More calls of one id in one turn are not looked for. */
const MOST_NAMES = 20

/** The output of a command as a file, bounded, as far as it came: what is written is there after a `kill -9`. */
export class OutputFile {
  readonly #place: OutputPlace
  #fd: number | undefined
  #file: string | undefined
  #bytes = 0
  #problem: string | undefined

  constructor(place: OutputPlace) {
    this.#place = place
  }

  /** Undefined where there is none. */
  get file(): string | undefined {
    return this.#bytes > 0 ? this.#file : undefined
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.#bytes
  }

  /** Why there is less in it than was put out, or nothing: `the disk is full`. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Never throws: a command does not fail because its output can't be kept. */
  push(chunk: Buffer): void {
    if (this.#problem !== undefined || this.#place.maxBytes === 0) return
    try {
      this.#fd ??= this.#open()
      const part = chunk.subarray(0, this.#place.maxBytes - this.#bytes)
      for (let at = 0; at < part.length; ) {
        const written = writeSync(this.#fd, part, at)
        at += written
        this.#bytes += written
      }
      if (part.length < chunk.length) this.#problem = `only the first ${this.#place.maxBytes} bytes are kept`
    } catch (error) {
      this.#problem = errnoOf(error) === 'ENOSPC' ? 'the disk is full' : messageOf(error)
    }
  }

  /** It stays. */
  keep(): void {
    this.#close()
    if (this.file !== undefined) this.#place.onKept?.()
  }

  /** For one that holds nothing which is not told anyway. */
  remove(): void {
    this.#close()
    if (this.#file !== undefined) rmSync(this.#file, {force: true})
    this.#file = undefined
  }

  #close(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
  }

  #open(): number {
    const {file} = this.#place
    mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
    for (let number = 1; ; number++) {
      const free = number === 1 ? file : numbered(file, number)
      try {
        const fd = openSync(free, 'ax', 0o600)
        // Whatever the umask takes away.
        fchmodSync(fd, 0o600)
        this.#file = free
        return fd
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST' || number === MOST_NAMES) throw error
      }
    }
  }
}

/** `FILE-2.txt` of `FILE.txt`. */
export function numbered(file: string, number: number): string {
  const {dir, name, ext} = path.parse(file)
  return path.join(dir, `${name}-${number}${ext}`)
}
