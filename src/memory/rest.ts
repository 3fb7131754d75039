import {untilMultiple} from '../together.js'
import {collectGarbage} from './collect-garbage.js'

/** How often it is looked whether the program rests, milliseconds. */
const LOOK_MS = 5000

/** So much work since the last look, and it does not rest: milliseconds of a processor. */
const BUSY_MS = 50

/** So much since memory was given back last, and there is some again. A start takes more. */
const WORKED_MS = 300

/** After any work, when for so many looks there was none: 10 s. */
const LONG_LOOKS = 2

/**
 * Gives memory back to the system when nothing has happened for a while: what a start or a long reply made the young
 * generation grow to, V8 keeps until its next full collection, which a program at rest never comes to. 14 MB of 100
 * at a pause of 90 ms, in which nobody is expected to type; after a few short replies 3.5 MB, and 2 of a gateway.
 */
export function giveBackAtRest({lookMs = LOOK_MS, workedMs = WORKED_MS} = {}): void {
  const rest = new Rest(worked(), workedMs)
  const look = () => {
    if (rest.look(worked())) {
      collectGarbage()
      rest.gaveBack(worked())
    }
    next()
  }
  const next = () => void setTimeout(look, untilMultiple(lookMs)).unref()
  next()
}

/** Decides by the milliseconds of a processor that a program has taken since its start. */
export class Rest {
  readonly #enough: number
  #seen: number
  #givenBack = 0
  #hasWorked = false
  /** Looks in a row. */
  #rested = 0

  constructor(worked: number, enough = WORKED_MS) {
    this.#seen = worked
    this.#enough = enough
  }

  /** Whether it rests, and has worked enough since memory was given back last, or at all and rests for long. */
  look(worked: number): boolean {
    const resting = worked - this.#seen < BUSY_MS
    this.#seen = worked
    this.#rested = resting ? this.#rested + 1 : 0
    this.#hasWorked ||= !resting
    if (!resting) return false
    return worked - this.#givenBack >= this.#enough || (this.#hasWorked && this.#rested >= LONG_LOOKS)
  }

  gaveBack(worked: number): void {
    this.#seen = worked
    this.#givenBack = worked
    this.#hasWorked = false
  }
}

/** Milliseconds of a processor that this process has taken. */
function worked(): number {
  const {user, system} = process.cpuUsage()
  return (user + system) / 1000
}
