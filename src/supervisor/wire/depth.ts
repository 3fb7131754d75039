/** No message nests its data as deep; recursion over as many levels is safe wherever it happens. */
const MAX_DEPTH = 100
const TOO_DEEP = '(nested too deeply to be shown)'

/**
 * Cuts what is nested deeper than 100 levels, in place. `JSON.parse` takes any depth; `JSON.stringify`, and
 * whatever else walks a value, throws a RangeError from some 5 000 levels on.
 */
export function cutDepth(value: object, depth = 1): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (isContainer(value[index]) && cutHere(value[index], depth)) value[index] = TOO_DEEP
    }
    return
  }
  const record = value as Record<string, unknown>
  for (const name of Object.keys(record)) {
    const member = record[name]
    if (isContainer(member) && cutHere(member, depth)) record[name] = TOO_DEEP
  }
}

/** True where the value itself has to go; else what is in it is looked at. */
function cutHere(value: object, depth: number): boolean {
  if (depth >= MAX_DEPTH) return true
  cutDepth(value, depth + 1)
  return false
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
