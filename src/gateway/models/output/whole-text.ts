/**
 * Text in pieces that are whole characters: a model's tokenizer cuts some in two, and half a surrogate pair becomes a
 * replacement character where it is written.
 */
export class WholeText {
  #half = ''

  /** The piece, without the half character at its end, behind the one that was held back. */
  push(piece: string): string {
    const text = this.#half + piece
    const code = text.charCodeAt(text.length - 1)
    const isHalf = code >= 0xd800 && code <= 0xdbff
    this.#half = isHalf ? text.slice(-1) : ''
    return isHalf ? text.slice(0, -1) : text
  }

  /** What is left at the end: the half of nothing. */
  end(): string {
    const rest = this.#half
    this.#half = ''
    return rest.toWellFormed()
  }
}
