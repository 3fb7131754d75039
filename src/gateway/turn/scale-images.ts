import {visibleText} from '../../control-sequences.js'
import {exitCodes, HermesError, messageOf} from '../../errors.js'
import {checkedImage, UnfitImage} from '../../images/image-file.js'
import {scaleImage} from '../../images/scale/scale.js'
import type {LargeImage, Store, TurnRow} from '../store/types.js'

/**
 * Gives each of the images a copy that providers take, one after the other, since each takes much memory for a moment. The
 * original stays stored with it.
 *
 * @throws HermesError of an image of this turn's prompt that can't be scaled; one of an older prompt is left out
 */
export async function scaleImages(
  store: Store,
  images: readonly LargeImage[],
  {row, tell}: {row: TurnRow; tell: (text: string) => void},
): Promise<void> {
  for (const {turnId, name, file} of images) {
    const shown = visibleText(name)
    try {
      const content = store.imageContent(file)
      if (!content) continue
      const {kind, width, height, bytes, told} = await scaleImage(checkedImage(content, name))
      store.setScaled(file, {mediaType: `image/${kind}`, width, height, content: bytes})
      if (turnId === row.id) tell(`${shown}: ${told}`)
    } catch (error) {
      if (turnId !== row.id) continue
      if (!(error instanceof UnfitImage)) throw error
      throw new HermesError(messageOf(error), {
        code: 'image/unfit',
        exit: exitCodes.provider,
        suggestions: ['/undo gives the prompt back: send it without that image, or with one that is well'],
      })
    }
  }
}
