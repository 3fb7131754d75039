/** Deeper than any tool asks for. What reads or copies JSON calls itself at each level, and the stack ends at some thousands. */
const MAX_DEPTH = 100

/**
 * The arguments of a call as the model wrote them, or JSON that says why they are left out. A model that
 * degenerates writes brackets without an end; its session has to go on.
 */
export function boundedInput(json: string): string {
  return isDeeper(json, MAX_DEPTH) ? JSON.stringify(leftOut) : json
}

/** The same of arguments that a provider sends as a value and not as text. */
export function boundedValue(value: unknown): unknown {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return leftOut
    level = level
      .filter((one) => typeof one === 'object' && one !== null)
      .flatMap((one) => Object.values(one as object))
  }
  return value
}

const leftOut = `left out, since they are nested deeper than ${MAX_DEPTH} levels`

/** Whether brackets of a JSON text are nested deeper than that. What stands in strings does not count. */
function isDeeper(json: string, depth: number): boolean {
  let open = 0
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '"':
        at = endOfString(json, at)
        break
      case '[':
      case '{':
        if (++open > depth) return true
        break
      case ']':
      case '}':
        open--
        break
    }
  }
  return false
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at++
    else if (json[at] === '"') return at
  }
  return json.length
}
