import type {ImageKind} from '../header.js'
import {MAX_EDGE, MAX_IMAGE_BYTES, TARGET_EDGE} from '../limits.js'
import type {Orientation} from './orientation.js'

/** A PNG of so much is a drawing or a screen, and stays sharp; a photo has more. */
const SHARP_BYTES = 1_048_576

/** One way to write the picture; it counts where it has no more bytes. */
export interface Attempt {
  type: 'png' | 'jpeg'
  /** Of JPEG, 1 to 100. */
  quality: number
  width: number
  height: number
  maxBytes: number
  /** Only for pictures with or without transparent parts; default both. */
  only?: 'transparent' | 'opaque'
}

/** What is done with an image, as the process that does it is told. */
export interface ScalePlan {
  orientation: Orientation
  /** Tried in this order. Sizes are those before it is turned upright. */
  attempts: Attempt[]
}

/** How an image is made to fit. Pure. */
export function planFor(image: {kind: ImageKind; width: number; height: number}, orientation: Orientation): ScalePlan {
  const {kind} = image
  const long = Math.max(image.width, image.height)
  const first = long > MAX_EDGE ? TARGET_EDGE / long : 1
  const sized = (factor: number) => ({
    width: Math.max(1, Math.round(image.width * first * factor)),
    height: Math.max(1, Math.round(image.height * first * factor)),
  })
  const jpeg = (quality: number, factor: number): Attempt => ({
    type: 'jpeg',
    quality,
    ...sized(factor),
    maxBytes: MAX_IMAGE_BYTES,
  })
  const png = (maxBytes: number, only: 'transparent' | 'opaque'): Attempt => ({
    type: 'png',
    quality: 100,
    ...sized(1),
    maxBytes,
    only,
  })
  const sharp = kind === 'jpeg' ? [] : [png(MAX_IMAGE_BYTES, 'transparent'), png(SHARP_BYTES, 'opaque')]
  return {orientation, attempts: [...sharp, jpeg(85, 1), jpeg(70, 1), jpeg(70, 0.7), jpeg(60, 0.5)]}
}

/** `4032x3024 scaled to 1568x1176`. */
export function scaledText(
  from: {width: number; height: number; bytes: number},
  to: {width: number; height: number; bytes: number},
  orientation: Orientation,
): string {
  const [width, height] = orientation >= 5 ? [from.height, from.width] : [from.width, from.height]
  if (width === to.width && height === to.height) {
    return `${width}×${height}, made ${sizeText(to.bytes)} of ${sizeText(from.bytes)}`
  }
  return `${width}×${height} scaled to ${to.width}×${to.height}`
}

function sizeText(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`
}
