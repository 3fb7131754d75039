/** A person who says so means the next moment. */
const GRANTED_MS = 60_000

/**
 * For a client that cannot ask for `take_over`: the person says it by a command, and its next `session.resume` of that
 * session takes it over, once.
 */
export class TakeOver {
  /** Key of the session that was refused last. */
  refused: string | undefined
  #granted: {key: string; until: number} | undefined

  grant(key: string): void {
    this.#granted = {key, until: performance.now() + GRANTED_MS}
  }

  /** True where it was granted for that session and not used. */
  use(key: string): boolean {
    const granted = this.#granted
    if (granted?.key !== key) return false
    this.#granted = undefined
    return performance.now() < granted.until
  }
}
