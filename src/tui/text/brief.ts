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

/** Nothing that a person reads nests as deep. */
const MAX_DEPTH = 50

/**
 * JSON of a value, cut after about `characters` characters: `JSON.stringify` writes all of a result of many megabytes,
 * and throws for one that nests some 5 000 levels.
 */
export function briefJson(value: unknown, characters: number): string {
  let text = ''
  const write = (part: unknown, depth: number): void => {
    if (text.length > characters) return
    if (typeof part === 'string') text += JSON.stringify(part.slice(0, characters))
    else if (typeof part !== 'object' || part === null) text += JSON.stringify(part) ?? 'null'
    else if (depth >= MAX_DEPTH) text += '…'
    else if (Array.isArray(part)) {
      text += '['
      for (let index = 0; index < part.length && text.length <= characters; index++) {
        if (index > 0) text += ','
        write(part[index], depth + 1)
      }
      text += ']'
    } else {
      text += '{'
      let first = true
      for (const name in part) {
        if (text.length > characters) break
        if (!Object.hasOwn(part, name)) continue
        text += `${first ? '' : ','}${JSON.stringify(name.slice(0, characters))}:`
        first = false
        write((part as Record<string, unknown>)[name], depth + 1)
      }
      text += '}'
    }
  }
  write(value, 0)
  return text
}

/** Without any of these characters at its end; an expression like `/ +$/` reads a run of them once for each. */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text[end - 1] ?? '')) end--
  return text.slice(0, end)
}
