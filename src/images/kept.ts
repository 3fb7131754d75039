import {statSync} from 'node:fs'
import path from 'node:path'
import {readRegularFile} from '../regular-file.js'
import {type ImageKind, imageTypes} from './header.js'
import {imageLabelsIn} from './label.js'

/** Where the person's image came from, beside it: they may name it, and it may not be for models. */
export const SOURCE_ENDING = '.from'

/** An image that the chat keeps, for a label of a prompt. `source`: the path that the person named. */
export interface KeptImage {
  label: string
  path: string
  source?: string
}

/** Name of the file, by what is in it, in the folder of what was pasted. */
export function keptImageFile(folder: string, name: string, kind: ImageKind): string {
  return path.join(folder, `${name}.${kind}`)
}

/** The file with that name, of any kind; undefined where it is gone. */
export function keptImage(folder: string, name: string): {path: string; source?: string} | undefined {
  const files = Object.keys(imageTypes).map((kind) => keptImageFile(folder, name, kind as ImageKind))
  const file = files.find((each) => statSync(each, {throwIfNoEntry: false})?.isFile())
  if (file === undefined) return undefined
  try {
    return {path: file, source: readRegularFile(path.join(folder, `${name}${SOURCE_ENDING}`), 65_536)}
  } catch {
    return {path: file}
  }
}

/** What the labels in a text stand for, as far as it is kept. `nameOf`: the name of the file of a label. */
export function keptImagesIn(folder: string, text: string, nameOf: (label: string) => string | undefined): KeptImage[] {
  return imageLabelsIn(text).flatMap(({label}) => {
    const name = nameOf(label)
    const kept = name === undefined ? undefined : keptImage(folder, name)
    return kept ? [{label, ...kept}] : []
  })
}
