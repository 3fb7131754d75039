import type {ToolContext} from '../types.js'

/** Where an image is from. */
export interface ImageSource {
  /** Its name alone. */
  name: string
  /** Its path or address, as it is shown. */
  shown: string
  tool: string
}

/**
 * Keeps an image of a call's result, smaller where providers want it so: it goes to the model behind the results. Returns
 * the result, which is an error where the image does not fit; undefined: the bytes are no image.
 */
export async function keptImage(
  bytes: Buffer,
  {name, shown, tool}: ImageSource,
  keepImage: NonNullable<ToolContext['keepImage']>,
): Promise<Record<string, unknown> | undefined> {
  const [{imageKind, imageTypes}, {checkedImage, UnfitImage}, {isTooLarge}] = await Promise.all([
    import('../../../images/header.js'),
    import('../../../images/image-file.js'),
    import('../../../images/limits.js'),
  ])
  if (imageKind(bytes) === undefined) return undefined
  try {
    const given = checkedImage(bytes, name, shown)
    const isLarge = isTooLarge({...given, bytes: bytes.length})
    const sent = isLarge ? await (await import('../../../images/scale/scale.js')).scaleImage(given) : given
    const {width, height} = sent
    const mediaType = imageTypes[sent.kind]
    const label = `[Image of ${tool}: ${shown} ${width}x${height}]`
    keepImage({label, name: given.name, mediaType, width, height, content: sent.bytes})
    const image = {media_type: mediaType, width, height, bytes: sent.bytes.length}
    const scaled = 'told' in sent ? {scaled: sent.told} : {}
    return {path: shown, image, ...scaled, note: 'the image follows the results of this step'}
  } catch (error) {
    if (!(error instanceof UnfitImage)) throw error
    return {error: `${tool}: ${error.message}`}
  }
}
