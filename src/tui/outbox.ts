import {randomBytes} from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import type {Prompt} from './prompts.js'

/** What a person typed that no gateway certainly has yet. */
export interface OutboxContent {
  draft: string
  prompts: readonly Prompt[]
}

const contentSchema = v.object({
  version: v.literal(1),
  pid: v.number(),
  draft: v.string(),
  prompts: v.array(
    v.object({
      id: v.string(),
      text: v.string(),
      state: v.picklist(['queued', 'submitted', 'acknowledged']),
      shown: v.boolean(),
    }),
  ),
})

const NEW = 'new-'

/**
 * Draft and queue of one session on disk: one small file, replaced by rename, so that a `kill -9` at
 * any moment leaves the old or the new content. Until the session has a key the file carries the name
 * of this run. Nothing to keep means no file.
 */
export class Outbox {
  readonly #folder: string
  readonly #instance = `${NEW}${randomBytes(4).toString('hex')}`
  #name = this.#instance
  #written = ''
  /** File whose content is in memory and moves to the current one at the next write. */
  #moved: string | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Replaces what is on disk. `sync` waits for the disk; a draft need not survive a power cut. */
  write(content: OutboxContent, options: {sync: boolean}): void {
    const {draft, prompts} = content
    const data =
      draft === '' && prompts.length === 0 ? '' : JSON.stringify({version: 1, pid: process.pid, draft, prompts})
    if (data === this.#written && !this.#moved) return
    const file = this.#file(this.#name)
    if (data === '') rmSync(file, {force: true})
    else {
      mkdirSync(this.#folder, {recursive: true, mode: 0o700})
      replaceFile(file, data, options.sync)
    }
    this.#written = data
    if (this.#moved) rmSync(this.#file(this.#moved), {force: true})
    this.#moved = undefined
  }

  /** From now on this is the outbox of `key`; what was written moves there with the next write. Returns what was there before. */
  adopt(key: string): OutboxContent | undefined {
    const name = encodeURIComponent(key)
    if (name === this.#name) return undefined
    this.#moved = this.#name
    this.#name = name
    this.#written = ''
    return this.#read(name)?.content
  }

  /** Leaves the file of this session as it is and turns to another, or to none yet. */
  switchTo(key: string | undefined): OutboxContent | undefined {
    this.#name = key === undefined ? this.#instance : encodeURIComponent(key)
    this.#written = ''
    this.#moved = undefined
    return this.#read(this.#name)?.content
  }

  /** Takes over what runs left that died before their session had a key. */
  orphans(): OutboxContent[] {
    let names: string[]
    try {
      names = readdirSync(this.#folder)
    } catch {
      return []
    }
    return names.flatMap((entry) => {
      if (!entry.startsWith(NEW) || !entry.endsWith('.json')) return []
      const name = entry.slice(0, -'.json'.length)
      const read = name === this.#instance ? undefined : this.#read(name)
      if (!read || isAlive(read.pid)) return []
      rmSync(this.#file(name), {force: true})
      return [read.content]
    })
  }

  #file(name: string): string {
    return path.join(this.#folder, `${name}.json`)
  }

  #read(name: string): {pid: number; content: OutboxContent} | undefined {
    let text: string
    try {
      text = readFileSync(this.#file(name), 'utf8')
    } catch {
      return undefined
    }
    try {
      const {pid, draft, prompts} = v.parse(contentSchema, JSON.parse(text))
      return {pid, content: {draft, prompts}}
    } catch {
      // Not ours to throw away: it is set aside, so that the person can still read it.
      renameSync(this.#file(name), `${this.#file(name)}.unreadable`)
      return undefined
    }
  }
}

function replaceFile(file: string, data: string, sync: boolean): void {
  const temporary = `${file}.${process.pid}.tmp`
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    const bytes = Buffer.from(data)
    let written = 0
    while (written < bytes.length) written += writeSync(descriptor, bytes, written)
    if (sync) fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, file)
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
