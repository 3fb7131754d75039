import {homedir} from 'node:os'
import path from 'node:path'
import {visibleLine} from './visible.js'

/** A folder as a person writes it: `~` for the home, in one line of at most 200 characters, nothing hidden in it. */
export function placeOf(folder: string, home: string = homedir()): string {
  const inHome = folder === home || folder.startsWith(`${home}${path.sep}`)
  return visibleLine(inHome ? `~${folder.slice(home.length)}` : folder, 200)
}
