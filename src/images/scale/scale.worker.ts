// The process that makes an image smaller: decoding takes up to 700 MB and seconds, both of which end with it. It is told
// by one line of JSON what to do, with the bytes of the image behind it, and answers in the same way. It may import types
// alone: Node strips them, so that the file also starts from source, where `.js` names a `.ts`.
import {writeFileSync} from 'node:fs'
import photon from '@silvia-odwyer/photon-node'
import type {Attempt, ScalePlan} from './plan.js'
import type {ScaleAnswer} from './scale.js'

const {PhotonImage, SamplingFilter, resize} = photon

type Picture = InstanceType<typeof PhotonImage>

try {
  // Where memory runs out, the system ends this process and not the one that waits for it.
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {
  // Another system.
}

const chunks: Buffer[] = []
process.stdin.on('data', (chunk: Buffer) => chunks.push(chunk))
process.stdin.on('end', () => {
  const input = Buffer.concat(chunks)
  const end = input.indexOf(0x0a)
  const plan = JSON.parse(input.toString('utf8', 0, end)) as ScalePlan
  try {
    const {bytes, ...answer} = scaled(input.subarray(end + 1), plan)
    process.stdout.write(`${JSON.stringify(answer satisfies ScaleAnswer)}\n`)
    process.stdout.write(bytes)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    process.stdout.write(`${JSON.stringify({error: why.split('\n', 1)[0] ?? ''} satisfies ScaleAnswer)}\n`)
  }
})

function scaled(image: Buffer, {orientation, attempts}: ScalePlan) {
  const whole = decoded(image)
  let made: {picture: Picture; transparent: boolean; width: number; height: number} | undefined
  for (const attempt of attempts) {
    if (made?.width !== attempt.width || made.height !== attempt.height) {
      made?.picture.free()
      const {width, height} = attempt
      const small = sized(whole, width, height)
      const pixels = small.get_raw_pixels()
      small.free()
      made = {picture: upright(pixels, width, height, orientation), transparent: isTransparent(pixels), width, height}
    }
    if (attempt.only && (attempt.only === 'transparent') !== made.transparent) continue
    const bytes = written(made.picture, attempt, made.transparent)
    if (bytes.length > attempt.maxBytes) continue
    return {type: attempt.type, width: made.picture.get_width(), height: made.picture.get_height(), bytes}
  }
  throw new Error('it cannot be made small enough')
}

function decoded(image: Buffer): Picture {
  try {
    return PhotonImage.new_from_byteslice(image)
  } catch {
    // It says no more than "unreachable".
    throw new Error('it cannot be decoded, so it may be damaged')
  }
}

function sized(whole: Picture, width: number, height: number): Picture {
  if (whole.get_width() === width && whole.get_height() === height) {
    return new PhotonImage(whole.get_raw_pixels(), width, height)
  }
  return resize(whole, width, height, SamplingFilter.CatmullRom)
}

function written(picture: Picture, {type, quality}: Attempt, transparent: boolean): Uint8Array {
  if (type === 'png') return picture.get_bytes()
  if (!transparent) return picture.get_bytes_jpeg(quality)
  // It has no transparent parts: they are white, as on a page.
  const onWhite = new PhotonImage(onPaper(picture.get_raw_pixels()), picture.get_width(), picture.get_height())
  const bytes = onWhite.get_bytes_jpeg(quality)
  onWhite.free()
  return bytes
}

function isTransparent(pixels: Uint8Array): boolean {
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 255) return true
  return false
}

function onPaper(pixels: Uint8Array): Uint8Array {
  for (let at = 0; at < pixels.length; at += 4) {
    const share = (pixels[at + 3] ?? 255) / 255
    for (let each = at; each < at + 3; each++)
      pixels[each] = Math.round((pixels[each] ?? 0) * share + 255 * (1 - share))
    pixels[at + 3] = 255
  }
  return pixels
}

/** Turned as EXIF says that it was taken. */
function upright(pixels: Uint8Array, width: number, height: number, orientation: number): Picture {
  if (orientation === 1) return new PhotonImage(pixels, width, height)
  const turned = new Uint32Array(width * height)
  const source = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height)
  const [wide, high] = orientation >= 5 ? [height, width] : [width, height]
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) turned[y * wide + x] = source[placeOf(x, y, width, height, orientation)] ?? 0
  }
  return new PhotonImage(new Uint8Array(turned.buffer), wide, high)
}

/** Where a pixel of the upright picture is in the stored one. */
function placeOf(x: number, y: number, width: number, height: number, orientation: number): number {
  const [right, below] = [width - 1, height - 1]
  switch (orientation) {
    case 2:
      return y * width + (right - x)
    case 3:
      return (below - y) * width + (right - x)
    case 4:
      return (below - y) * width + x
    case 5:
      return x * width + y
    case 6:
      return (below - x) * width + y
    case 7:
      return (below - x) * width + (right - y)
    case 8:
      return x * width + (right - y)
    default:
      return y * width + x
  }
}
