import {oneLine} from '../text/sanitize.js'

/** What terminals write for a file that is dropped onto them: a path, quoted or not, or an address of one. */
const looksDropped = /^\s*['"]?(?:~?\/|\.{1,2}\/|file:\/\/|[A-Za-z]:[\\/])/

/** How a prompt that began with the path of a file goes out. */
export interface Dropped {
  text: string
  note: string
}

/** A path of the folder that a person sees is not one of the folder that the gateway runs in. */
const relative = /^(\s*['"]?)(?=\.{1,2}\/)/

/**
 * Asks a gateway whether `text` begins with a file that it takes along (`input.detect_drop`), which it then has; undefined
 * if it has none, cannot tell, or `text` cannot be one. `folder`: that of the session. Never rejects.
 */
export async function takeAlong(
  text: string,
  folder: string | undefined,
  ask: (params: {text: string}) => Promise<Record<string, unknown>>,
): Promise<Dropped | undefined> {
  if (!looksDropped.test(text)) return undefined
  try {
    const answer = await ask({text: folder ? text.replace(relative, (mark) => `${mark}${folder}/`) : text})
    if (answer.matched !== true || typeof answer.text !== 'string' || answer.text.trim() === '') return undefined
    const {name, path, width, height} = answer
    const file = typeof name === 'string' && name ? name : typeof path === 'string' ? path : 'the file'
    const size = typeof width === 'number' && typeof height === 'number' ? ` (${width}×${height})` : ''
    return {text: answer.text, note: `${oneLine(file, 200)}${size} goes along`}
  } catch {
    return undefined
  }
}
