import {type KeyNames, tableKeys} from '../../keys/text.js'
import type {HistoryMatch} from '../composer/history-search.js'
import type {Piece} from '../text/blocks/split.js'
import type {Style} from '../text/style.js'
import type {ItemBody} from '../transcript/items.js'

export interface ScreenOptions {
  columns: number
  rows: number
  style: Style
  /** Path of the crash log, for a gateway that is not restarted any more. */
  crashLog: string
  /** The match of a search in earlier prompts. */
  found: HistoryMatch | undefined
  /** Default as in the table. */
  key?: KeyNames
  now: number
  /** Counts up while something runs; negative: nothing is to turn. */
  tick: number
  /** The unfinished piece of a reply, at most so many rows; default as it was written. */
  reply?: ((piece: Piece, width: number, room: number) => string[]) | undefined
  /** What commands said while a reply is written, at most so many rows; default nothing. */
  aside?: ((later: readonly ItemBody[], width: number, room: number) => string[]) | undefined
}

/** The keys that hints name. */
export function keysOf({key = tableKeys}: Pick<ScreenOptions, 'key'>): KeyNames {
  return key
}

/** Rows of one part of the screen, and the cursor if it stands in this part. */
export interface Part {
  rows: string[]
  cursor?: {x: number; y: number}
}

/** What a frame shows of the open question. */
export interface Asked {
  id: number
  /** Tells one look of it from another: size, content, how many wait; not what was scrolled or picked. */
  shows: string
  /** First row of the subject that is shown, how many are, and how many there are. */
  top: number
  page: number
  total: number
  /** The choice that Enter takes. */
  selected: number | undefined
}

/** The part of the screen that is drawn again and again, below the transcript. */
export interface LiveScreen {
  rows: string[]
  /** Where the terminal's cursor stands; undefined hides it. */
  cursor: {x: number; y: number} | undefined
  /** What it shows of an open question. */
  asked?: Asked | undefined
}
