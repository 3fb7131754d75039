import {setFlagsFromString} from 'node:v8'
import {knowsFlags} from './known-flags.js'

/** V8's own. It has to be set back: with any flag that is not as it was, V8 refuses all compiled code that is kept. */
const DEFAULT = 1

/** Ten replies of 550 words together stay below it, and come to more than 200. */
const LATE = 1000

/**
 * Expressions that are made from now on are interpreted so often before V8 makes machine code of them; `late` false: as
 * ever. For a large grammar that code is more than what it is for: 0.7 MB, and 10 ms of the 32 in which the Markdown
 * of a first reply is read.
 */
export function lateRegexps(late: boolean): void {
  if (knowsFlags()) setFlagsFromString(`--regexp-tier-up-ticks=${late ? LATE : DEFAULT}`)
}
