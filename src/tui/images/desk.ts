import path from 'node:path'
import {messageOf} from '../../errors.js'
import {droppedPaths} from '../../images/dropped-path.js'
import {checkedImage, type ImageFile, looksLikeImage, readImage} from '../../images/image-file.js'
import {loadKept} from '../../memory/late-optimising.js'
import type {PastedTexts} from '../composer/pasted.js'
import type {Store} from '../state/store.js'
import type {Tone} from '../transcript/items.js'

/** Paths of so many files at most are looked for in a paste: a disk may be slow. */
const MAX_FILES = 20
const MAX_CHARACTERS = MAX_FILES * 4096

/** Images of the draft: files whose paths are pasted or dropped, and what is in the clipboard. */
export class ImageDesk {
  readonly #store: Store
  readonly #pasted: PastedTexts
  readonly #cwd: string
  readonly #notice: (tone: Tone, text: string) => void

  /** `cwd`: from where relative paths count. */
  constructor(host: {store: Store; pasted: PastedTexts; cwd: string; notice: (tone: Tone, text: string) => void}) {
    this.#store = host.store
    this.#pasted = host.pasted
    this.#cwd = host.cwd
    this.#notice = host.notice
  }

  /**
   * Labels in place of a paste that is paths of images and nothing else, as terminals write them for dropped files;
   * undefined for any other. A line for the shell or a command keeps its paths.
   */
  labelled(text: string): string | undefined {
    if (text.length > MAX_CHARACTERS || /^\s*[!/]/.test(this.#store.state.editor.text)) return undefined
    const files: {file: string; shown: string}[] = []
    for (let rest = text.trim(); rest !== ''; ) {
      const found = droppedPaths(rest).find((each) => looksLikeImage(path.resolve(this.#cwd, each.path)))
      if (!found || files.length === MAX_FILES) return undefined
      files.push({file: path.resolve(this.#cwd, found.path), shown: found.path})
      rest = found.rest
    }
    if (files.length === 0) return undefined
    try {
      return files.map(({file, shown}) => `${this.#pasted.keepImage(readImage(file, shown), file)} `).join('')
    } catch (error) {
      this.#notice('warn', messageOf(error))
      return undefined
    }
  }

  /** Puts the image with that path into the draft, or says why it can't. */
  add(given: string): void {
    const [dropped] = droppedPaths(given)
    const file = path.resolve(this.#cwd, dropped && dropped.rest === '' ? dropped.path : given)
    try {
      this.#insert(readImage(file, given), file)
    } catch (error) {
      this.#notice('warn', messageOf(error))
    }
  }

  /** Puts the clipboard's image into the draft, or says why there is none. Never rejects. */
  async paste(): Promise<void> {
    try {
      const {clipboardImage} = await loadKept(() => import('./clipboard.js'))
      const found = await clipboardImage()
      if (typeof found === 'string') return this.#notice('warn', found)
      this.#insert(checkedImage(found, 'clipboard.png', 'of the clipboard'))
    } catch (error) {
      this.#notice('warn', messageOf(error))
    }
  }

  #insert(image: ImageFile, source?: string): void {
    const text = `${this.#pasted.keepImage(image, source)} `
    this.#store.dispatch({type: 'edit', action: {type: 'paste', text}})
  }
}
