import {createHash} from 'node:crypto'
import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {messageOf} from '../../errors.js'
import {isLiving} from '../../hand-over/outbox-file.js'
import {processBirth} from '../../platform.js'
import {readRegularFile} from '../../regular-file.js'

/** A longer text is no prompt. */
const MAX_BYTES = 16 * 1_048_576

/** `draft-PID-BIRTH-SUM.md`: whose it is, and what was in it before the editor. */
const NAME = /^draft-(\d+)-(\d*)-([0-9a-f]{8})\.md$/

/** A draft in a file of its own, for an editor. Only the person can read it. */
export class DraftFile {
  readonly path: string
  readonly #text: string
  readonly #written: string

  /** In `folder`, where the next run finds it after a `kill -9`; if that can't be written, in a temporary one. */
  constructor(folder: string, text: string) {
    this.#text = text
    const birth = processBirth(process.pid) ?? ''
    const name = `draft-${process.pid}-${birth}-${sumOf(text)}.md`
    this.path = path.join(privateFolder(folder), name)
    // One that this run could not remove.
    this.remove()
    // Editors and `>>` expect lines to end.
    this.#written = text === '' || text.endsWith('\n') ? text : `${text}\n`
    writeFileSync(this.path, this.#written, {mode: 0o600, flag: 'wx'})
  }

  /** What is in it now. Throws where that can't be read as text. */
  read(): string {
    const now = readRegularFile(this.path, MAX_BYTES)
    return now === this.#written ? this.#text : draftOf(now, this.#text)
  }

  /** Never throws. */
  remove(): void {
    removed(this.path)
  }
}

/** What an editor saved while its run was killed. */
export interface LeftDraft {
  text: string
  /** This draft was handed to it. */
  isOf(draft: string): boolean
  /** Once it is elsewhere. Never throws. */
  remove(): void
}

/** Drafts that runs left which have ended; those that no editor changed are removed. `passedOver` hears of the others. Never throws. */
export function leftDrafts(folder: string, passedOver: (file: string, reason: string) => void): LeftDraft[] {
  return namesIn(folder).flatMap((name): LeftDraft[] => {
    const [, pid = '', birth = '', sum = ''] = NAME.exec(name) ?? []
    if (pid === '' || isLiving({pid: Number(pid), birth: birth || undefined, left: undefined})) return []
    const file = path.join(folder, name)
    const isOf = (draft: string) => sumOf(draft) === sum
    try {
      const text = draftOf(readRegularFile(file, MAX_BYTES), '')
      if (isOf(text) || isOf(`${text}\n`) || text.trim() === '') removed(file)
      else return [{text, isOf, remove: () => removed(file)}]
    } catch (error) {
      passedOver(file, messageOf(error))
    }
    return []
  })
}

/** Editors end the last line, which no prompt needs. */
function draftOf(content: string, before: string): string {
  const text = content.replace(/\r\n?/g, '\n').replace(/^\ufeff/, '')
  return text.endsWith('\n') && !before.endsWith('\n') ? text.slice(0, -1) : text
}

function privateFolder(folder: string): string {
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700})
    return folder
  } catch {
    return mkdtempSync(path.join(tmpdir(), 'hermes-draft-'))
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function removed(file: string): void {
  rmSync(file, {force: true})
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
