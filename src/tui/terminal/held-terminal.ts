import type {GuardedTerminal} from '../../supervisor/types.js'
import {PROGRESS_OFF, TITLE_POPPED} from '../attention/sequences.js'
import {FOCUS_REPORTS_OFF} from './focus.js'

const SYNCHRONIZED_OFF = '\x1b[?2026l'
const BRACKETED_PASTE_OFF = '\x1b[?2004l'
const ALTERNATE_OFF = '\x1b[?1049l'
const STYLE_OFF = '\x1b[0m'
const SHOW_CURSOR = '\x1b[?25h'

/** The kitty keyboard protocol, as Ink turns it on once the terminal has said that it knows it. */
export const KEYBOARD_PUSHED = '\x1b[>1u'
export const KEYBOARD_POPPED = '\x1b[<u'

/** modifyOtherKeys of xterm; off is as the terminal was configured. */
export const MODIFIED_KEYS_ON = '\x1b[>4;2m'
export const MODIFIED_KEYS_OFF = '\x1b[>4m'

interface Modes {
  /** The program has the terminal: raw, with bracketed paste. */
  held: boolean
  /** The pager is open. Without it the sequence that leaves the alternate screen would move the cursor. */
  alternate: boolean
  /** A level more than there was: a pop too many would take the shell's own. */
  keyboard: boolean
  /** modifyOtherKeys is on. */
  modified: boolean
  /** A title more than there was. */
  title: boolean
  /** The window says that something runs. */
  progress: boolean
}

/** Which modes of the terminal are ours now, for who has to take them back when this program can't. */
export class HeldTerminal implements GuardedTerminal {
  readonly fd: number
  #modes: Modes = {
    held: true,
    alternate: false,
    keyboard: false,
    modified: false,
    title: false,
    progress: false,
  }
  #listener: (() => void) | undefined

  constructor(fd: number) {
    this.fd = fd
  }

  get undo(): GuardedTerminal['undo'] {
    const {held, alternate, keyboard, modified, title, progress} = this.#modes
    if (!held) return undefined
    const atOnce = [
      SYNCHRONIZED_OFF,
      alternate ? ALTERNATE_OFF : '',
      keyboard ? KEYBOARD_POPPED : '',
      modified ? MODIFIED_KEYS_OFF : '',
      FOCUS_REPORTS_OFF,
      progress ? PROGRESS_OFF : '',
      title ? TITLE_POPPED : '',
      STYLE_OFF,
      SHOW_CURSOR,
    ]
    return {atOnce: atOnce.join(''), later: BRACKETED_PASTE_OFF}
  }

  onChange(listener: () => void): void {
    this.#listener = listener
  }

  /** What has changed; the rest stays as it was. */
  set(modes: Partial<Modes>): void {
    const next = {...this.#modes, ...modes}
    const before = this.#modes
    if ((Object.keys(next) as (keyof Modes)[]).every((mode) => next[mode] === before[mode])) return
    this.#modes = next
    this.#listener?.()
  }
}
