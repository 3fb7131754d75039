import {shellLine} from '../shell/line.js'
import type {Style} from '../text/style.js'
import {truncate} from '../text/wrap.js'

/** What Enter does with a draft that begins with `!`; no row for any other. */
export function shellHintRows(draft: string, {columns, style}: {columns: number; style: Style}): string[] {
  if (shellLine(draft) === undefined) return []
  return [style.dim(truncate('  Enter runs it in your shell; the model is told nothing of it', columns))]
}
