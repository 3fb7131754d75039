/** Lines of a text from its start, and how many follow: of a long text only the start is looked at. */
export interface Head {
  lines: string[]
  more: number
}

/** At most `count` lines of the first `characters` characters, made fit to be shown by `clean`; default as they are. */
export function headOf(text: string, count: number, characters: number, clean = (start: string) => start): Head {
  const lines = clean(text.slice(0, characters)).split('\n')
  let more = Math.max(0, lines.length - count)
  for (let at = text.indexOf('\n', characters); at !== -1; at = text.indexOf('\n', at + 1)) more++
  return {lines: lines.slice(0, count), more}
}

/** Without any of these characters at its end; an expression like `/ +$/` reads a run of them once for each. */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text[end - 1] ?? '')) end--
  return text.slice(0, end)
}
