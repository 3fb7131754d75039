/** A value whose JSON is no longer than this is told as it is, characters. */
const SMALL_CHARS = 600

/** Of a text, that many characters of its beginning; of a list, that many entries. */
const HEAD_CHARS = 200
const HEAD_ENTRIES = 5

/** How deep it is looked into a value. */
const DEPTH = 3

/** What is left of a value in any case, characters. */
const MOST_CHARS = 1500

/**
 * The outline of an old tool result, or of old arguments: its short members as they are (paths, exit codes, counts), of long
 * ones the beginning. It follows from the value alone, so that a provider that keeps the prompt sees the same again.
 */
export function outlineOf(value: unknown): unknown {
  if (isSmall(value)) return value
  const outline = outlined(value, DEPTH)
  const json = JSON.stringify(outline) ?? ''
  return json.length <= MOST_CHARS ? outline : {outline: head(json, MOST_CHARS)}
}

/** Whether {@link outlineOf} returns the value as it is. */
export function isSmall(value: unknown): boolean {
  return (JSON.stringify(value) ?? '').length <= SMALL_CHARS
}

function outlined(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return head(value, HEAD_CHARS)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return head(JSON.stringify(value) ?? '', HEAD_CHARS)
  if (Array.isArray(value)) {
    const entries: unknown[] = value.slice(0, HEAD_ENTRIES).map((entry) => outlined(entry, depth - 1))
    const left = value.length - entries.length
    return left > 0 ? [...entries, `… [${left} more entries left out to save room]`] : entries
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, outlined(member, depth - 1)]))
}

function head(text: string, length: number): string {
  if (text.length <= length) return text
  return `${text.slice(0, length).toWellFormed()}… [${text.length - length} characters left out to save room]`
}
