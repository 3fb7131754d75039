import {closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync} from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import {errnoOf, messageOf} from '../../errors.js'
import {BESIDE, isLiving, isOfSession, MAX_OUTBOX_BYTES, namesIn, outboxFile} from '../../hand-over/outbox-file.js'
import {processBirth, randomHex} from '../../platform.js'
import {readRegularFile} from '../../regular-file.js'
import type {References} from '../composer/pasted.js'
import type {Prompt} from '../state/prompts.js'
import {WrittenInPlace} from './written-in-place.js'

/** What a person typed that no gateway certainly has yet. */
export interface OutboxContent {
  draft: string
  /** Long texts and images for which labels stand in the draft and in prompts; default none. */
  pasted?: References | undefined
  prompts: readonly Prompt[]
  /** The queue waits until the person says so; default false. */
  held?: boolean
}

interface Left {
  left: boolean
  pid: number
  birth: string | undefined
  blank: boolean
  cwd: string | undefined
  content: OutboxContent
}

const NEW = 'new-'

/**
 * Draft and queue of one session on disk: one small file, replaced by rename, a draft alone in its place, so that a
 * `kill -9` at any moment leaves the old or the new content. It carries the name of this run, since another one may
 * have the session too, and that of the session once it has a key. Nothing to keep means no file.
 */
export class Outbox {
  /** The session was never prompted: nobody can come back to it, so the next run in its folder takes what it left. */
  blank = false
  /** This run writes nothing more: another may take what is there, though the process still ends. */
  left = false
  /** What lies in the folder and is passed over, with the reason. */
  readonly passedOver = new Map<string, string>()
  readonly #folder: string
  readonly #referencesOf: (draft: string) => References | undefined
  readonly #cwd: string
  readonly #instance = `${NEW}${randomHex(4)}`
  readonly #birth = processBirth(process.pid)
  #name = this.#instance
  /** Name of the session's files. */
  #session = this.#instance
  #written = ''
  /** Files whose content is in memory and goes into the current one at the next write. */
  #moved: string[] = []
  /** What another session keeps of what its file has; the rest is in memory. */
  #behind: {name: string; data: string} | undefined
  /** The file of now, where a draft alone is in it. */
  #draft: WrittenInPlace | undefined

  /** `cwd`: where this run works. `referencesOf`: the long texts for which labels stand in a draft; default none. */
  constructor(folder: string, cwd: string, referencesOf: (draft: string) => References | undefined = () => undefined) {
    this.#folder = folder
    this.#cwd = cwd
    this.#referencesOf = referencesOf
  }

  /** Replaces what is on disk. `sync` waits for the disk; a draft need not survive a power cut. */
  write(content: OutboxContent, options: {sync: boolean}): void {
    const data = this.#dataOf(content)
    const alone = this.#moved.length === 0 && !this.#behind
    if (data === this.#written && alone) return
    // A draft that grows, letter by letter.
    if (alone && data !== '' && !options.sync && this.#draft?.write(data)) {
      this.#written = data
      return
    }
    this.#draft?.close()
    this.#replace(this.#name, data, options.sync)
    this.#written = data
    const mayBeInPlace = data !== '' && content.prompts.length === 0
    this.#draft = mayBeInPlace ? new WrittenInPlace(this.#file(this.#name)) : undefined
    for (const name of this.#moved.splice(0)) rmSync(this.#file(name), {force: true})
    // After it: a kill in between leaves a prompt in two files, and never in none.
    if (this.#behind) this.#replace(this.#behind.name, this.#behind.data, options.sync)
    this.#behind = undefined
  }

  /** Nothing where there is nothing to keep. */
  #dataOf({draft, prompts, held = false}: OutboxContent): string {
    if (draft === '' && prompts.length === 0) return ''
    const owner = {pid: process.pid, ...(this.#birth ? {birth: this.#birth} : {}), cwd: this.#cwd}
    const flags = {
      ...(this.blank ? {blank: true} : {}),
      ...(this.left ? {left: true} : {}),
      ...(held ? {held: true} : {}),
    }
    const pasted = this.#referencesOf([draft, ...prompts.map(({text}) => text)].join('\n'))
    // Whoever else reads them knows no labels.
    const whole = prompts.map(({folded, ...prompt}) => prompt)
    return JSON.stringify({version: 1, ...owner, ...flags, draft, ...(pasted && {pasted}), prompts: whole})
  }

  #replace(name: string, data: string, sync: boolean): void {
    const file = this.#file(name)
    if (data === '') rmSync(file, {force: true})
    else {
      mkdirSync(this.#folder, {recursive: true, mode: 0o700})
      replaceFile(file, data, sync)
    }
  }

  /** From now on this is the outbox of `key`; what was written moves there with the next write. Returns what was there before. */
  adopt(key: string): OutboxContent[] {
    const session = encodeURIComponent(key)
    if (session === this.#session) return []
    this.#moved.push(this.#name)
    return this.#take(session)
  }

  /** Leaves the file of this session with what `stays`, once the rest is written, and turns to another, or to none yet. */
  switchTo(key: string | undefined, stays: OutboxContent): OutboxContent[] {
    this.#moved = []
    this.#behind = {name: this.#name, data: this.#dataOf(stays)}
    return this.#take(key === undefined ? this.#instance : encodeURIComponent(key))
  }

  /** Takes over what runs left in this folder that died before their session had a key, or before it was prompted. */
  orphans(): OutboxContent[] {
    return namesIn(this.#folder).flatMap((name) => {
      if (name === this.#name) return []
      const read = this.#read(name)
      if (!read || (!name.startsWith(NEW) && !read.blank) || isLiving(read)) return []
      // One of another folder is about something else, and may be nothing for here.
      if (read.cwd !== undefined && read.cwd !== this.#cwd) return []
      this.#moved.push(name)
      return [read.content]
    })
  }

  /** What is kept for a session. What belongs to another run that lives stays its own. */
  #take(session: string): OutboxContent[] {
    this.#draft?.close()
    this.#draft = undefined
    this.#session = session
    this.#name = session === this.#instance ? session : `${session}${BESIDE}${this.#instance}`
    this.#written = ''
    return namesIn(this.#folder).flatMap((name) => {
      if (!isOfSession(name, session)) return []
      const read = this.#read(name)
      if (!read || (read.pid !== process.pid && isLiving(read))) return []
      if (name !== this.#name) this.#moved.push(name)
      return [read.content]
    })
  }

  #file(name: string): string {
    return path.join(this.#folder, `${name}.json`)
  }

  /** `tries`: so often it is read again, since a draft may be written at this moment. */
  #read(name: string, tries = 2): Left | undefined {
    const file = this.#file(name)
    let text: string
    try {
      text = readRegularFile(file, MAX_OUTBOX_BYTES)
    } catch (error) {
      // Of two runs one takes it.
      if (errnoOf(error) !== 'ENOENT') this.passedOver.set(file, messageOf(error))
      return undefined
    }
    try {
      const {
        pid,
        birth,
        blank = false,
        cwd,
        left = false,
        held = false,
        draft,
        pasted,
        prompts,
      } = v.parse(outboxFile, JSON.parse(text))
      return {pid, birth, blank, cwd, left, content: {draft, ...(pasted && {pasted}), prompts, ...(held && {held})}}
    } catch {
      if (tries > 0) return this.#read(name, tries - 1)
      // Not ours to throw away: it is set aside, so that the person can still read it.
      try {
        renameSync(file, `${file}.unreadable`)
      } catch (error) {
        this.passedOver.set(file, messageOf(error))
      }
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
