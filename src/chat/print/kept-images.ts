import {randomUUID} from 'node:crypto'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {HermesError, messageOf} from '../../errors.js'
import {keptImageFile} from '../../images/kept.js'
import type {PrintedImage} from './messages.js'

/** Images of a prompt as files, which a gateway reads. */
export interface KeptImages {
  /** Members of `prompt.submit`; none where there are no images. */
  members: {images?: {label: string; path: string}[]}
  remove(): void
}

/** `folder`: where the chat keeps what is pasted; whoever reads it there needs no leave. */
export async function keepImages(images: readonly PrintedImage[], folder: string): Promise<KeptImages> {
  const kept = images.map(({label, kind, bytes}) => ({label, bytes, path: keptImageFile(folder, randomUUID(), kind)}))
  const remove = () => void Promise.all(kept.map(({path}) => rm(path, {force: true}))).catch(() => {})
  try {
    await mkdir(folder, {recursive: true, mode: 0o700})
    for (const {path, bytes} of kept) await writeFile(path, bytes, {mode: 0o600})
  } catch (cause) {
    remove()
    throw new HermesError(`the image cannot be kept for the gateway: ${messageOf(cause)}`, {code: 'print/image', cause})
  }
  return {members: {images: kept.map(({label, path}) => ({label, path}))}, remove}
}
