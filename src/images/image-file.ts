import {statSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {visibleText} from '../control-sequences.js'
import {errnoOf, messageOf} from '../errors.js'
import {readRegularBytes, readStartOfFile, requireRegular, UnfitFile} from '../regular-file.js'
import {decodedPixels, type ImageHeader, imageHeader, imageKind, imageTypes, MAGIC_BYTES} from './header.js'
import {MAX_SOURCE_BYTES, MAX_SOURCE_PIXELS} from './limits.js'

export interface ImageFile extends ImageHeader {
  /** Name of the file, without its folder. */
  name: string
  bytes: Buffer
}

/** An image that is there and can't be sent; the message says of which file, why, and what can be done. */
export class UnfitImage extends Error {
  override readonly name = 'UnfitImage'
}

/** Whether a file begins as an image does. False also for what can't be read or is no file. Never throws. */
export function looksLikeImage(file: string): boolean {
  try {
    return imageKind(readStartOfFile(file, MAGIC_BYTES).bytes) !== undefined
  } catch {
    return false
  }
}

/**
 * An image that can be sent, as it is or scaled. Only its header is read. `shown`: the path as the person knows it.
 *
 * @throws UnfitImage
 */
export function readImage(file: string, shown = file): ImageFile {
  const name = path.basename(shown)
  let bytes: Buffer
  try {
    bytes = readRegularBytes(file, MAX_SOURCE_BYTES)
  } catch (error) {
    throw unreadable(error, file, shown)
  }
  return checkedImage(bytes, name, shown)
}

/** As {@link readImage}, without holding up what else there is to do: a photo of a camera has 20 MB. */
export async function readImageLater(file: string, shown = file): Promise<ImageFile> {
  let bytes: Buffer
  try {
    const {size} = statSync(file)
    // Most are small: read at once they take less than a message from one thread to another.
    if (size <= SMALL) return readImage(file, shown)
    requireRegular(file, MAX_SOURCE_BYTES)
    bytes = await readFile(file, {signal: AbortSignal.timeout(READ_MS)})
  } catch (error) {
    throw error instanceof UnfitImage ? error : unreadable(error, file, shown)
  }
  return checkedImage(bytes, path.basename(shown), shown)
}

const SMALL = 4 * 1_048_576
const READ_MS = 30_000

function unreadable(error: unknown, file: string, shown: string): UnfitImage {
  if (errnoOf(error) === 'ENOENT') return unfit(shown, 'there is no such file')
  if (error instanceof UnfitFile && looksLikeImage(file)) return unfit(shown, tooLarge)
  return unfit(shown, messageOf(error))
}

/** As {@link readImage}, of what was read already. */
export function checkedImage(bytes: Buffer, name: string, shown = name): ImageFile {
  const header = imageHeader(bytes)
  if (header === undefined) throw unfit(shown, `it is no image of the kinds ${Object.keys(imageTypes).join(', ')}`)
  if (typeof header === 'string') throw unfit(shown, header)
  const {width, height} = header
  if (bytes.length > MAX_SOURCE_BYTES) throw unfit(shown, tooLarge)
  // Nothing is decoded before it is known how much that is.
  if (decodedPixels(header, bytes) > MAX_SOURCE_PIXELS) {
    const most = `${MAX_SOURCE_PIXELS / 1e6} million`
    throw unfit(shown, `it has ${width}x${height} pixels, and up to ${most} are scaled · ${smaller}`)
  }
  return {...header, name, bytes}
}

const smaller =
  process.platform === 'darwin'
    ? 'sips -Z 2000 FILE --out SMALLER makes it smaller'
    : 'magick FILE -resize "2000x2000>" SMALLER makes it smaller (ImageMagick)'

const tooLarge = `it has more than the ${MAX_SOURCE_BYTES / 1_048_576} MiB up to which it is scaled · ${smaller}`

export function unfitText(shown: string, why: string): string {
  return `the image ${visibleText(shown)} cannot be sent: ${visibleText(why)}`
}

function unfit(shown: string, why: string): UnfitImage {
  return new UnfitImage(unfitText(shown, why))
}
