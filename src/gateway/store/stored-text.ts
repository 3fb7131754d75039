/**
 * Text as the database gives it back: a lone surrogate has no UTF-8, and Node 22 reads a text column
 * only up to its first NUL. Both become U+FFFD.
 */
export function storedText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
