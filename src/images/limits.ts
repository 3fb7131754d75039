/** Anthropic takes 5 MiB an image, counted in the base64 that is sent: a third more than the file has. */
export const MAX_IMAGE_BYTES = (5 * 1_048_576 * 3) / 4

/** Anthropic refuses larger ones where a request has more than 20. */
export const MAX_EDGE = 2000

/** To what Anthropic then makes them smaller itself, and OpenAI to fewer. */
export const TARGET_EDGE = 1568

/** Scaled is what has up to so many bytes, which take 40 ms to store, */
export const MAX_SOURCE_BYTES = 20 * 1_048_576

/** and up to so many pixels, which take some 800 MB while it is done. */
export const MAX_SOURCE_PIXELS = 64_000_000

/** Whether providers would refuse an image as it is, or make it smaller themselves. `bytes`: how many. */
export function isTooLarge({width, height, bytes}: {width: number; height: number; bytes: number}): boolean {
  return Math.max(width, height) > MAX_EDGE || bytes > MAX_IMAGE_BYTES
}
