import {mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {ImageFile} from '../../images/image-file.js'
import {type KeptImage, keptImage, keptImageFile, keptImagesIn, SOURCE_ENDING} from '../../images/kept.js'
import {imageLabel} from '../../images/label.js'
import {readRegularFile} from '../../regular-file.js'
import {isImageLabel, type LabelKind, labelOf, labelsIn} from './label.js'

/** A paste with more is folded: it would fill the composer, which has ten rows. */
const FOLDED_LINES = 10
const FOLDED_CHARACTERS = 2000

/** Contents on disk: the oldest go first, but for those of drafts. */
const KEPT_FILES = 200
const KEPT_BYTES = 64 * 1_048_576

const MAX_FILE_BYTES = 256 * 1_048_576

/** Labels and the names of the files in which their texts are. */
export type References = Readonly<Record<string, string>>

const isReference = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)

/**
 * Long texts for which a label stands in drafts and in the history: `[Pasted text #1 · 5001 lines]`. Each is a file that
 * is named after its content, on disk before its label is on screen, so that a draft needs its name alone. Images have
 * such labels too, `[Image #2 · pic.png 1200x800]`: they stay in the text of a prompt, and their files go along with it.
 */
export class PastedTexts {
  readonly #folder: string
  /** Where drafts are: what they name is kept. */
  readonly #drafts: string
  /** Names of files by label. */
  readonly #names = new Map<string, string>()
  /** Texts by name, as far as they came up in this run. */
  readonly #texts = new Map<string, string>()
  #last = 0

  constructor(folder: string, drafts: string) {
    this.#folder = folder
    this.#drafts = drafts
  }

  /** A label for a long text; a short one itself, and one that can't be kept on disk. Never throws. */
  fold(text: string): string {
    return isLong(text) ? this.keep(text, 'Pasted text') : text
  }

  /** A label for any text; the text itself where it can't be kept on disk. Never throws. */
  keep(text: string, kind: LabelKind): string {
    const name = nameOf(text)
    try {
      this.#write(this.#file(name), text)
    } catch {
      return text
    }
    this.#texts.set(name, text)
    const known = [...this.#names].find(([label, its]) => its === name && label.startsWith(`[${kind}`))?.[0]
    return known ?? this.#labelFor(name, (number) => labelOf(text, number, kind))
  }

  /**
   * A label for an image. `source`: the file that it was read from.
   *
   * @throws what the system says where it can't be kept
   */
  keepImage(image: ImageFile, source?: string): string {
    const name = nameOf(image.bytes)
    if (source !== undefined) this.#write(path.join(this.#folder, `${name}${SOURCE_ENDING}`), source, {anew: true})
    this.#write(keptImageFile(this.#folder, name, image.kind), image.bytes)
    return this.#labelFor(name, (number) => imageLabel(image, number))
  }

  /** The images for which labels stand in a text. */
  images(text: string): KeptImage[] {
    return keptImagesIn(this.#folder, text, (label) => this.#names.get(label))
  }

  /** The text with all texts that its labels stand for. `missing`: labels whose text or image is not there any more. */
  expand(text: string): {text: string; missing: string[]} {
    const missing: string[] = []
    let expanded = ''
    let at = 0
    for (const {label, start, end} of labelsIn(text)) {
      const name = this.#names.get(label)
      // Whoever types something like it means it.
      if (name === undefined) continue
      const content = isImageLabel(label) ? keptImage(this.#folder, name) && label : this.#read(name)
      if (content === undefined) missing.push(label)
      expanded += text.slice(at, start) + (content ?? label)
      at = end
    }
    return {text: expanded + text.slice(at), missing}
  }

  /**
   * The other way round, for a text that came back from an editor: what the labels of `before` stand for, as labels. Short
   * texts stay as they are: they may stand anywhere.
   */
  refold(text: string, before: string): string {
    const found = labelsIn(before).flatMap(({label}) => {
      const name = this.#names.get(label)
      const content = name === undefined || isImageLabel(label) ? undefined : this.#read(name)
      return content !== undefined && isLong(content) ? [{label, content}] : []
    })
    // One may be a part of another.
    return folded(
      text,
      found.sort((a, b) => b.content.length - a.content.length),
    )
  }

  /** What a text needs beside it on disk; undefined where it has no labels. */
  references(text: string): References | undefined {
    const found = labelsIn(text).flatMap(({label}) => {
      const name = this.#names.get(label)
      return name === undefined ? [] : [[label, name] as const]
    })
    return found.length > 0 ? Object.fromEntries(found) : undefined
  }

  /** A text from disk with its references. A label that stands for something else here gets another number. */
  adopt(text: string, references: Readonly<Record<string, unknown>> | undefined): string {
    if (references === undefined) return text
    let adopted = ''
    let at = 0
    for (const {label, number, start, end} of labelsIn(text)) {
      const name = Object.hasOwn(references, label) ? references[label] : undefined
      if (!isReference(name)) continue
      const taken = this.#names.get(label)
      if (taken === undefined) {
        this.#names.set(label, name)
        this.#last = Math.max(this.#last, number)
      }
      const renamed =
        taken === undefined || taken === name
          ? label
          : this.#labelFor(name, (free) => label.replace(`#${number} `, `#${free} `))
      adopted += text.slice(at, start) + renamed
      at = end
    }
    return adopted + text.slice(at)
  }

  #labelFor(name: string, labelled: (number: number) => string): string {
    this.#last++
    const label = labelled(this.#last)
    this.#names.set(label, name)
    return label
  }

  #file(name: string): string {
    return path.join(this.#folder, `${name}.txt`)
  }

  #read(name: string): string | undefined {
    const known = this.#texts.get(name)
    if (known !== undefined) return known
    try {
      const text = readRegularFile(this.#file(name), MAX_FILE_BYTES)
      this.#texts.set(name, text)
      return text
    } catch {
      return undefined
    }
  }

  /** `anew`: also where the file is there. */
  #write(file: string, content: string | Buffer, {anew = false} = {}): void {
    if (!anew && statSync(file, {throwIfNoEntry: false})?.isFile()) {
      const now = new Date()
      utimesSync(file, now, now)
      return
    }
    mkdirSync(this.#folder, {recursive: true, mode: 0o700})
    const temporary = `${file}.${process.pid}.tmp`
    writeFileSync(temporary, content, {mode: 0o600})
    renameSync(temporary, file)
    this.#prune(path.parse(file).name)
  }

  /** Never the one that was written now. What can't be removed stays. */
  #prune(written: string): void {
    try {
      const files = readdirSync(this.#folder).map((entry) => {
        const file = path.join(this.#folder, entry)
        const {mtimeMs = 0, size = 0} = statSync(file, {throwIfNoEntry: false}) ?? {}
        return {file, name: path.parse(entry).name, mtimeMs, size}
      })
      let bytes = files.reduce((sum, {size}) => sum + size, 0)
      let count = files.length
      if (count <= KEPT_FILES && bytes <= KEPT_BYTES) return
      const drafts = this.#inDrafts()
      for (const {file, name, size} of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
        if (count <= KEPT_FILES && bytes <= KEPT_BYTES) return
        if (name === written || drafts.includes(name)) continue
        rmSync(file, {force: true})
        bytes -= size
        count--
      }
    } catch {
      // More is kept than need be.
    }
  }

  #inDrafts(): string {
    const files = readdirSync(this.#drafts).filter((entry) => entry.includes('.json'))
    return files.map((entry) => readRegularFile(path.join(this.#drafts, entry), MAX_FILE_BYTES)).join('\n')
  }
}

/** Nothing is looked for in a label that was put in. */
function folded(text: string, [first, ...others]: {label: string; content: string}[]): string {
  if (!first) return text
  return text
    .split(first.content)
    .map((part) => folded(part, others))
    .join(first.label)
}

function isLong(text: string): boolean {
  if (text.length > FOLDED_CHARACTERS) return true
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines > FOLDED_LINES
}

/** By its content. */
function nameOf(content: string | Uint8Array): string {
  // Loaded with the first one: it takes 5 ms and 2 MB.
  const {createHash} = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}
