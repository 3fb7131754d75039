/** A reply is numbered words, `A0001 A0002 …`; the next one `B0001 …`, so that what was kept is told from what was asked again. */
export function wordsOfReply(reply: number, count: number): string {
  const letter = letterOf(reply)
  return Array.from({length: count}, (_, index) => letter + String(index + 1).padStart(4, '0')).join(' ')
}

/** Characters of a word and the blank after it: a piece of the stream. */
export const WORD_LENGTH = 6

/** Which words of that reply (0 is the first) a screen shows: each once, ascending. */
export function wordsOn(screen: string, reply = 0): number[] {
  const found = [...screen.matchAll(new RegExp(`\\b${letterOf(reply)}(\\d{4})\\b`, 'g'))].map((match) =>
    Number(match[1]),
  )
  return [...new Set(found)].sort((a, b) => a - b)
}

/** Whether a screen shows a text, wherever it breaks its lines and whatever frame it draws around them. */
export function shows(screen: string, text: string): boolean {
  return flat(screen).includes(flat(text))
}

/** Rules and bars of boxes are no text. */
function flat(text: string): string {
  return text.replace(/[\s\u2500-\u259f]+/g, ' ')
}

function letterOf(reply: number): string {
  return String.fromCharCode(65 + (reply % 26))
}
