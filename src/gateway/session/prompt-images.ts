import {realpathSync} from 'node:fs'
import {dirname} from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import {droppedPaths} from '../../images/dropped-path.js'
import {imageTypes} from '../../images/header.js'
import {type ImageFile, looksLikeImage, readImageLater, UnfitImage} from '../../images/image-file.js'
import {imageLabel, imageLabelsIn, labelledName} from '../../images/label.js'
import {errorCodes} from '../../protocol/frames.js'
import {mentionsIn} from '../../protocol/mention.js'
import {RpcError} from '../rpc-error.js'
import type {NewImage, Store, StoredImage} from '../store/types.js'
import {resolvePath} from '../tools/paths.js'
import {SENT_IMAGES} from '../turn/history.js'
import type {LiveSession} from './live-session.js'

/**
 * An image that a client sends with a prompt. `label`: what stands for it in the text; `path`: of a file of its own;
 * `source`: the file that the person named.
 */
export interface GivenImage {
  path: string
  label: string
  source?: string | undefined
}

/**
 * The images of a prompt in the order in which it names them, read and checked: those that the client gives, those that
 * were attached before, files that the text mentions (`@pic.png`), and labels of images that the session had before.
 * `text`: with a label for each that it does not name. `kept`: where the chat keeps what was pasted.
 *
 * @throws RpcError of one that is there and can't be sent
 */
export async function imagesOfPrompt(
  session: LiveSession,
  store: Store,
  {text, given, kept}: {text: string; given: readonly GivenImage[]; kept: string},
): Promise<{text: string; images: NewImage[]}> {
  const found = new Map<string, NewImage>()
  for (const {label, path, source} of given) {
    if (source !== undefined) await assertReadable(session, realPathOf(source), source)
    const image = dirname(path) === kept ? await read(path, label) : await readNamed(session, path)
    found.set(label, {...newImage(label, image), name: labelledName(label)})
  }
  for (const image of store.attachedImages(session.key)) found.set(image.label, attachedContent(session, store, image))
  for (const {path, start, end} of mentionsIn(text)) {
    const label = text.slice(start, end)
    if (found.has(label)) continue
    const image = (await mentioned(session, path)) ?? earlier(store, session.key, label)
    if (image) found.set(label, {...image, label})
  }
  for (const {label} of imageLabelsIn(text)) {
    const image = found.has(label) ? undefined : earlier(store, session.key, label)
    if (image) found.set(label, image)
  }
  if (found.size > SENT_IMAGES) {
    throw new RpcError(errorCodes.badValue, `${found.size} images in one prompt: providers take ${SENT_IMAGES} at most`)
  }
  const unnamed = [...found.keys()].filter((label) => !text.includes(label))
  const labelled = [text, ...unnamed].filter((part) => part.trim() !== '').join('\n')
  const at = (image: NewImage) => labelled.indexOf(image.label)
  return {text: labelled, images: [...found.values()].sort((a, b) => at(a) - at(b))}
}

/** Keeps an image for the next prompt, under a label of its own. `count`: how many wait. */
export function attachImage(session: LiveSession, store: Store, image: ImageFile): {image: NewImage; count: number} {
  const before = store.attachedImages(session.key)
  if (before.length >= SENT_IMAGES) {
    throw new RpcError(errorCodes.badValue, `${SENT_IMAGES} images are attached already: providers take no more`)
  }
  const taken = new Set(before.map(({label}) => label))
  let number = before.length + 1
  while (taken.has(imageLabel(image, number))) number++
  const attached = newImage(imageLabel(image, number), image)
  store.atomically(() => {
    // After a death the session is found by its live id, with what was attached.
    if (!session.stored) store.bindBlank(session.id, session.key)
    store.keepAttached(session.key, attached)
  })
  return {image: attached, count: before.length + 1}
}

/**
 * A file that the person named. Outside the workspace it is read by their word; what may hold secrets, and what a rule
 * denies, is not.
 *
 * @throws RpcError in words
 */
export async function readNamed(session: LiveSession, path: string): Promise<ImageFile> {
  let real: string
  try {
    real = realpathSync(resolvePath(session.cwd, path))
  } catch (error) {
    const why = errnoOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw new RpcError(errorCodes.imageNotFound, `the image ${path} cannot be sent: ${why}`)
  }
  await assertReadable(session, real, path)
  return read(real, path)
}

async function assertReadable({permissions}: LiveSession, real: string, shown: string): Promise<void> {
  const why = await permissions.forbidsFile(real)
  if (why !== undefined) throw new RpcError(errorCodes.refused, `the image ${shown} is not read: ${why}`)
}

/** As it was, where it is gone by now. */
function realPathOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/** Undefined where the path is no image: it is not for here. */
async function mentioned(session: LiveSession, path: string): Promise<NewImage | undefined> {
  if (!looksLikeImage(resolvePath(session.cwd, path))) return undefined
  return newImage('', await readNamed(session, path))
}

function attachedContent({key}: LiveSession, store: Store, {bytes: _, file, ...image}: StoredImage): NewImage {
  const content = store.imageContent(file)
  if (content) return {...image, content}
  store.dropAttached(key, image.label)
  throw new RpcError(errorCodes.badValue, `the file of the attached image ${image.label} is gone: attach it again`)
}

function earlier(store: Store, key: string, label: string): NewImage | undefined {
  const stored = store.labelledImage(key, label)
  const content = stored && store.imageContent(stored.file)
  if (!content) return undefined
  const {bytes: _, file, ...image} = stored
  return {...image, content}
}

async function read(path: string, shown: string): Promise<ImageFile> {
  try {
    return await readImageLater(path, shown)
  } catch (error) {
    if (error instanceof UnfitImage) throw new RpcError(errorCodes.badValue, error.message, error)
    throw error
  }
}

function newImage(label: string, {name, kind, width, height, bytes}: ImageFile): NewImage {
  return {label, name, mediaType: imageTypes[kind], width, height, content: bytes}
}

/**
 * A text that begins with the path of an image, as terminals write it for a file that is dropped: the image is attached.
 * Undefined where it begins with none.
 */
export async function attachDropped(
  session: LiveSession,
  store: Store,
  text: string,
): Promise<{image: NewImage; count: number; path: string; rest: string} | undefined> {
  for (const {path, rest} of droppedPaths(text)) {
    const file = resolvePath(session.cwd, path)
    if (looksLikeImage(file)) {
      return {...attachImage(session, store, await readNamed(session, file)), path: file, rest}
    }
  }
  return undefined
}
