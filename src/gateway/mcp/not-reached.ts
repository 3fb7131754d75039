/** What was asked did not reach the server: nothing was done, and it may be asked again. */
export class NotReached extends Error {
  /** `end`: how the server ended, in words; undefined: it is not known to have ended. */
  constructor(end: string | undefined) {
    super(end === undefined ? 'it takes nothing any more' : `it ended before it was asked: ${end}`)
  }
}
