/** A command line as bash reads it, up to the cursor. */
export interface BashLine {
  /** Complete words, without their quotes. */
  words: readonly string[]
  /** The word that is being written, without its quotes. */
  current: string
  /** The same as it was typed. */
  raw: string
  /** The quote that is open. */
  quote: '' | "'" | '"'
}

const SPACE = /[ \t\n]/

/** `line` begins with the program's name. */
export function readBashLine(line: string): BashLine {
  const words: string[] = []
  let [current, raw, quote]: [string, string, BashLine['quote']] = ['', '', '']
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    const next = line[at + 1]
    if (quote === '' && SPACE.test(character)) {
      if (raw !== '') words.push(current)
      current = ''
      raw = ''
      continue
    }
    raw += character
    if (character === '\\' && quote !== "'" && next !== undefined) {
      const obeyed = quote === '' || /["$`\\\n]/.test(next)
      current += obeyed ? next : `\\${next}`
      raw += next
      at++
    } else if (quote === '' && (character === "'" || character === '"')) quote = character
    else if (character === quote) quote = ''
    else current += character
  }
  return {words: words.slice(1), current, raw, quote}
}

/**
 * What bash is to put in the place of the word, or of what of it follows its last break (`:`, `=`): it inserts that as it
 * is. Undefined where the value can't be written so. `replaced`: the part that bash takes for the word.
 */
export function bashReply(value: string, {raw, quote}: BashLine, replaced: string): string | undefined {
  // In double quotes an interactive bash puts what was typed before in the place of it.
  if (quote === '"') return value.includes('!') ? undefined : value.replaceAll(/["$`\\]/g, '\\$&')
  if (quote === "'") return value.replaceAll("'", "'\\''")
  const written = value.replaceAll(/[^\p{L}\p{N}_@%+=:,./-]/gu, '\\$&')
  const kept = /^[=:]?$/.test(replaced) ? raw : raw.slice(0, raw.length - replaced.length)
  return written.startsWith(kept) ? written.slice(kept.length) : undefined
}
