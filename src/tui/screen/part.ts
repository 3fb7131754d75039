import type {CommandInfo} from '../composer/completion.js'
import type {Style} from '../text/style.js'

export interface ScreenOptions {
  columns: number
  rows: number
  style: Style
  commands: readonly CommandInfo[]
  /** Path of the crash log, for a gateway that is not restarted any more. */
  crashLog: string
  /** The match of a reverse search. */
  found: string | undefined
  now: number
  /** Counts up while something runs. */
  tick: number
}

/** Rows of one part of the screen, and the cursor if it stands in this part. */
export interface Part {
  rows: string[]
  cursor?: {x: number; y: number}
}
