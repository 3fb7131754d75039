import type {ChatState} from '../state/state.js'
import {elapsed} from '../text/amounts.js'
import type {Style} from '../text/style.js'
import {visibleLine} from '../text/visible.js'
import {textWidth, truncate} from '../text/wrap.js'
import {progressRows} from '../transcript/draw-tool.js'

/** A line of the person's own while it runs. */
export function shellRows(
  {shell}: ChatState,
  {columns, style, now}: {columns: number; style: Style; now: number},
): string[] {
  if (!shell) return []
  const tail = shell.stopping ? ' · ending…' : ' · Esc ends it'
  const time = ` · ${elapsed(now - shell.startedAt)}`
  const command = truncate(visibleLine(shell.command), Math.max(8, columns - textWidth(time + tail) - 4))
  const head = truncate(`${style.busy('●')} ${style.bold(`!${command}`)}${style.dim(time + tail)}`, columns)
  return ['', head, ...progressRows(shell.preview, columns, style)]
}
