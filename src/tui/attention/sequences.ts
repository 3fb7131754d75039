import {oneLine} from '../text/sanitize.js'

export const TITLE_PUSHED = '\x1b[22;2t'
export const TITLE_POPPED = '\x1b[23;2t'
export const BELL = '\x07'

const ST = '\x1b\\'
const LONGEST_TITLE = 120
const LONGEST_MESSAGE = 200

/** Whatever the text holds, it ends nothing and begins nothing. */
export function titled(text: string): string {
  return `\x1b]2;${oneLine(text, LONGEST_TITLE)}${ST}`
}

/** A message that begins with a digit would be a command to some terminals. */
export function message(text: string): string {
  return `\x1b]9;hermes: ${oneLine(text, LONGEST_MESSAGE)}${ST}`
}

/** `working` has no share that is known; `waiting` is for the person. */
export type Progress = 'none' | 'working' | 'waiting'

const codes = {none: '0', working: '3', waiting: '4;50'} as const

export function progressed(progress: Progress): string {
  return `\x1b]9;4;${codes[progress]}${ST}`
}

export const PROGRESS_OFF = progressed('none')
