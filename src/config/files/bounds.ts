/** Entries that a file may have, each as often as an alias repeats it. A configuration has some dozens. */
const MAX_NODES = 10_000

/** Letters of all texts and keys, likewise. */
const MAX_CHARACTERS = 4_194_304

/** Groups within groups; a configuration has five. */
const MAX_DEPTH = 50

/**
 * Why parsed YAML or JSON is too much to be looked at; undefined where it is not. A few hundred bytes of aliases stand
 * for more entries than there is memory, and one that holds itself for endlessly many: whoever walks through such a
 * value never comes back.
 */
export function excessOf(data: unknown, {maxNodes = MAX_NODES} = {}): string | undefined {
  const open: {value: unknown; depth: number}[] = [{value: data, depth: 0}]
  let nodes = 0
  let characters = 0
  for (let next = open.pop(); next; next = open.pop()) {
    const {value, depth} = next
    if (++nodes > maxNodes) return `it holds more than ${maxNodes} entries, with what aliases repeat`
    if (typeof value === 'string') characters += value.length
    if (typeof value === 'object' && value !== null) {
      if (depth === MAX_DEPTH) return `its groups are nested more than ${MAX_DEPTH} deep, or an alias holds itself`
      for (const [key, member] of Object.entries(value)) {
        characters += key.length
        open.push({value: member, depth: depth + 1})
      }
    }
    if (characters > MAX_CHARACTERS) return `it holds more than ${MAX_CHARACTERS} letters, with what aliases repeat`
  }
  return undefined
}
