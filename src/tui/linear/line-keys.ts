import type {OwnKeys} from '../../keys/bindings.js'
import {keyTable} from '../../keys/table.js'
import type {HelpRow} from '../commands/types.js'

/** What keys do here; the others are those of the terminal's own line. */
export const lineKeys: readonly HelpRow[] = [
  ['Enter', 'sends the line; an empty line sends the draft, or a queue that is held'],
  ['\\ Enter', 'goes on in the next line'],
  ['Ctrl+C', 'closes what is open, interrupts the reply, clears the draft; twice: leaves'],
  ['Ctrl+D', 'leaves, on an empty line'],
]

/** None of the keys of a screen, so that no hint names one. */
export const noKeys: OwnKeys = Object.fromEntries(keyTable.filter(({fixed}) => !fixed).map(({action}) => [action, []]))
