/** Private use. Ink is given signs alone, so no text of anybody's is where one is looked for. */
const FIRST = 0xe000
const COUNT = 6400
/** A row that is drawn no more keeps its sign so many frames: Ink may write an older frame again. */
const KEPT_FRAMES = 64

interface Row {
  text: string
  /** The last frame that has it. */
  frame: number
}

/**
 * A sign for each row of the live part: the same as long as the row is drawn, and another for another row. What two
 * rows begin with alike Ink leaves on the screen, and writes the rest of the new one alone; two signs have nothing alike.
 */
export class LiveRows {
  readonly #signs = new Map<string, number>()
  readonly #rows: (Row | undefined)[] = []
  #frame = 0
  #next = 0

  /** Signs of the next frame's rows. */
  frame(rows: readonly string[]): string[] {
    this.#frame++
    return rows.map((text) => String.fromCharCode(FIRST + this.#indexOf(text)))
  }

  /** The row that a sign stands for. */
  rowOf(sign: string): string {
    return this.#rows[sign.charCodeAt(0) - FIRST]?.text ?? ''
  }

  #indexOf(text: string): number {
    const index = this.#signs.get(text) ?? this.#take(text)
    this.#rows[index] = {text, frame: this.#frame}
    return index
  }

  /** A terminal of more rows than there are signs would need two frames' rows to share one. */
  #take(text: string): number {
    for (let tried = 0; tried < COUNT && this.#isKept(this.#next); tried++) this.#next = (this.#next + 1) % COUNT
    const index = this.#next
    this.#next = (this.#next + 1) % COUNT
    const before = this.#rows[index]
    if (before) this.#signs.delete(before.text)
    this.#signs.set(text, index)
    return index
  }

  #isKept(index: number): boolean {
    const row = this.#rows[index]
    return row !== undefined && row.frame > this.#frame - KEPT_FRAMES
  }
}
