import {messageOf} from '../../../errors.js'
import {type CheckedSchema, isDeeper} from './schema.js'
import {grouped, placeOf, problemOf} from './words.js'

/** Where a value does not fit its schema. `place`: JSON Pointer into the value, empty for the whole. */
export interface Misfit {
  place: string
  /** `expected a string, found 3`. */
  problem: string
}

/** More are not told. */
const MAX_MISFITS = 10

/** Deeper values are not looked at: the stack ends at some thousands. */
const MAX_VALUE_DEPTH = 300

/** What of a value, as `JSON.parse` gives it, does not fit: the first ten; none: it fits. `format` is not checked. */
export function misfitsOf({validate}: CheckedSchema, value: unknown): Misfit[] {
  if (isDeeper(value, MAX_VALUE_DEPTH)) {
    return [{place: '', problem: `it is nested deeper than ${MAX_VALUE_DEPTH} levels`}]
  }
  try {
    if (validate(value)) return []
    const found = new Map<string, Misfit>()
    for (const each of grouped(validate.errors ?? [])) {
      const misfit = {place: placeOf(each), problem: problemOf(each)}
      // Parts of allOf say the same.
      found.set(JSON.stringify(misfit), misfit)
      if (found.size === MAX_MISFITS) break
    }
    return [...found.values()]
  } catch (error) {
    // A long chain of references in each level of the value; or what Ajv cannot do.
    const why = error instanceof RangeError ? 'it is nested too deeply' : messageOf(error)
    return [{place: '', problem: `it cannot be held against this schema: ${why}`}]
  }
}
