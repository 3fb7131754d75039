import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {Signal} from './environment.js'

export interface QueueLimits {
  /** Requests that are kept; the oldest go first. */
  files: number
  bytes: number
  /** A request that somebody took and that is still there after so long is anybody's again, milliseconds. */
  claimMs: number
}

export const defaultLimits: QueueLimits = {files: 500, bytes: 5_000_000, claimMs: 300_000}

export interface Taken {
  signal: Signal
  text: string
  /** It was delivered, or never will be. */
  drop(): void
  /** For the next attempt. */
  putBack(): void
}

const waiting = /^[\w.-]+\.(logs|metrics)\.json$/
const taken = /^([\w.-]+\.(?:logs|metrics)\.json)\.\d+\.taken$/

/**
 * Requests that wait to be sent, a file each, which outlive the program; several programs share the folder. What is
 * written is whole or not there.
 */
export class Queue {
  readonly #folder: string
  readonly #limits: QueueLimits
  #count = 0
  #lost = 0

  constructor(folder: string, limits: QueueLimits = defaultLimits) {
    this.#folder = folder
    this.#limits = limits
  }

  /** Requests that were left out because too many waited, since it was last asked. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }

  /** Of one name the newest alone is kept: for sums. */
  add(signal: Signal, text: string, name = this.#nextName()): void {
    mkdirSync(this.#folder, {recursive: true, mode: 0o700})
    const file = path.join(this.#folder, `${name}.${signal}.json`)
    const draft = `${file}.${process.pid}.tmp`
    writeFileSync(draft, text, {mode: 0o600})
    renameSync(draft, file)
    this.#prune()
  }

  /** The oldest request that nobody else has; undefined when there is none. */
  take(now = Date.now()): Taken | undefined {
    this.#release(now)
    for (const name of this.#names()) {
      const file = path.join(this.#folder, name)
      const claim = `${file}.${process.pid}.taken`
      try {
        renameSync(file, claim)
        // From now on it is ours, for a while.
        utimesSync(claim, now / 1000, now / 1000)
        const text = readFileSync(claim, 'utf8')
        const signal = waiting.exec(name)?.[1] as Signal
        return {
          signal,
          text,
          drop: () => rmSync(claim, {force: true}),
          putBack: () => this.#putBack(claim, file),
        }
      } catch {
        // Another program has it.
      }
    }
    return undefined
  }

  get size(): number {
    return this.#names().length
  }

  /** A newer one of the same name is the one that counts. */
  #putBack(claim: string, file: string): void {
    try {
      statSync(file)
      rmSync(claim, {force: true})
    } catch {
      try {
        renameSync(claim, file)
      } catch {
        // It is gone with its folder.
      }
    }
  }

  #release(now: number): void {
    for (const name of this.#list()) {
      const match = taken.exec(name)
      if (!match) continue
      const claim = path.join(this.#folder, name)
      try {
        if (now - statSync(claim).mtimeMs > this.#limits.claimMs)
          this.#putBack(claim, path.join(this.#folder, match[1] ?? ''))
      } catch {
        // It was delivered meanwhile.
      }
    }
  }

  #prune(): void {
    const names = this.#names()
    let bytes = 0
    const keeps = new Set<string>()
    for (const name of names.toReversed()) {
      const size = this.#sizeOf(name)
      if (keeps.size >= this.#limits.files || bytes + size > this.#limits.bytes) continue
      keeps.add(name)
      bytes += size
    }
    for (const name of names) {
      if (keeps.has(name)) continue
      rmSync(path.join(this.#folder, name), {force: true})
      this.#lost += 1
    }
  }

  #sizeOf(name: string): number {
    try {
      return statSync(path.join(this.#folder, name)).size
    } catch {
      return 0
    }
  }

  /** Oldest first: names begin with the time. */
  #names(): string[] {
    return this.#list()
      .filter((name) => waiting.test(name))
      .sort()
  }

  #list(): string[] {
    try {
      return readdirSync(this.#folder)
    } catch {
      return []
    }
  }

  #nextName(): string {
    return `${String(Date.now()).padStart(15, '0')}-${process.pid}-${String(this.#count++).padStart(6, '0')}`
  }
}
