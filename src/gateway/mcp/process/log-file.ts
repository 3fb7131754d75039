import {appendFileSync, mkdirSync, renameSync, statSync} from 'node:fs'
import path from 'node:path'

/** One file before it is kept beside the next. */
const MAX_BYTES = 1_048_576

/** So much of what a server wrote last is at hand. */
const TAIL = 2000

/** What a server writes on stderr, in `$HERMES_HOME/logs/mcp/NAME.log` and the file before it. Never throws. */
export class ServerLog {
  readonly file: string
  #tail = ''
  #size: number | undefined

  constructor(folder: string, server: string) {
    this.file = path.join(folder, `${server}.log`)
  }

  /** Its last words, for whoever tells of its end. */
  get tail(): string {
    return this.#tail
  }

  begin(): void {
    this.#tail = ''
    this.#append(`--- ${new Date().toISOString()} started by process ${process.pid}\n`)
  }

  write(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL)
    this.#append(text)
  }

  #append(text: string): void {
    try {
      const bytes = Buffer.byteLength(text)
      if (this.#size === undefined) {
        mkdirSync(path.dirname(this.file), {recursive: true, mode: 0o700})
        this.#size = statSync(this.file, {throwIfNoEntry: false})?.size ?? 0
      }
      if (this.#size > 0 && this.#size + bytes > MAX_BYTES) {
        renameSync(this.file, `${this.file}.1`)
        this.#size = 0
      }
      appendFileSync(this.file, text, {mode: 0o600})
      this.#size += bytes
    } catch {
      // A full disk: the server works without a log.
    }
  }
}
