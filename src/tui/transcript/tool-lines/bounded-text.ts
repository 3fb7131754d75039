/** Its beginning and its end, where errors stand, of a text that is too long to be held. */
export function boundedText(text: string, limit: number): {text: string; cut: number} {
  if (text.length <= limit) return {text, cut: 0}
  const head = text.slice(0, Math.floor(limit / 2))
  const tail = text.slice(text.length - (limit - head.length))
  const cut = text.length - limit
  // Joined through bytes: a slice would keep the whole text alive.
  return {text: own(`${head}\n… ${cut} characters are left out here …\n${tail}`), cut}
}

/** A copy that refers to no other text. */
export function own(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le').toWellFormed()
}

/** A last line without an end is one too. */
export function lineCount(text: string): number {
  let count = text === '' || text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}
