import type {ErrorObject, ValidateFunction} from 'ajv'
import {closest} from '../../../refusal/closest.js'
import {meantText} from '../../../refusal/text.js'
import {
  type Draft,
  draftOf,
  draftUrls,
  isObject,
  patternOf,
  type SchemaObject,
  URL_07,
  URL_2019,
  URL_2020,
} from './draft.js'
import {expectationOf, firstCause, grouped, quoted} from './words.js'

/** A JSON Schema that was checked: a value can be held against it. */
export interface CheckedSchema {
  readonly validate: ValidateFunction
}

/** What is wrong with a schema. `place`: JSON Pointer, empty for the whole. */
export class WrongSchema extends Error {
  override readonly name = 'WrongSchema'
  constructor(
    readonly place: string,
    message: string,
  ) {
    super(message)
  }
}

/** Levels of JSON. Ajv's stack ends at 600 of some keywords and at 1600 of others. */
const MAX_DEPTH = 400

/** One for each type: what a schema that refers to itself without end fails at. */
const probes = [null, true, 0, '', [], {}]

/** @throws WrongSchema that names the place, the value and what is expected there */
export function checkSchema(schema: unknown): CheckedSchema {
  if (isDeeper(schema, MAX_DEPTH)) throw new WrongSchema('', `is nested deeper than ${MAX_DEPTH} levels`)
  const url = isObject(schema) ? schema.$schema : undefined
  const parts: [SchemaObject, place: string][] = []
  const draft = draftOf(url, (part, place) => parts.push([part, place]))
  if (draft === undefined) throw wrong('/$schema', url, `expected one of ${draftUrls.join(', ')}`)
  try {
    const inspect = draft.ajv.compile(draft.meta)
    const isRight = inspect(schema)
    for (const [part, place] of parts) refuseWords(part, place, draft)
    if (!isRight) throw misfitOf(inspect.errors ?? [])
    // Where it keeps book for them, Ajv throws at what has patternProperties beside an `if`.
    draft.ajv.opts.unevaluated = parts.some(([part]) => unevaluated.some((word) => Object.hasOwn(part, word)))
    const validate = draft.ajv.compile(schema as SchemaObject | boolean)
    for (const value of probes) validate(value)
    return {validate}
  } catch (error) {
    throw asWrong(error, parts)
  }
}

/** Keywords that Ajv does not list. */
const otherWords = ['$anchor', 'additionalItems', 'example', 'id']

const unevaluated = ['unevaluatedItems', 'unevaluatedProperties']

/** They say nothing in draft 7: to pass over them would be to let every value pass. */
const laterWords = [
  'dependentRequired',
  'dependentSchemas',
  'maxContains',
  'minContains',
  'prefixItems',
  ...unevaluated,
]

/** What the specification allows and nobody means, and what Ajv passes over or throws at. */
function refuseWords(schema: SchemaObject, place: string, {url, ajv}: Draft): void {
  const isLater = url === URL_2020 || url === URL_2019
  const known = [...Object.keys(ajv.RULES.keywords), ...otherWords]
  for (const word of Object.keys(schema)) {
    const at = `${place}/${escaped(word)}`
    if (word === '$async') throw new WrongSchema(at, 'is not supported; leave it out')
    if (!isLater && laterWords.includes(word)) {
      throw new WrongSchema(at, `is not of the draft that $schema names; expected ${URL_2020} there, or none`)
    }
    if (known.includes(word) || word.startsWith('x-')) continue
    const meant = closest(word, known)
    if (meant !== undefined) throw new WrongSchema(at, `${quoted(word)} is no keyword${meantText(meant)}`)
  }
  if (url === URL_2020 && Array.isArray(schema.items)) {
    throw wrong(
      `${place}/items`,
      schema.items,
      `expected a schema; lists are named prefixItems, or of "$schema": "${URL_07}"`,
    )
  }
  const byPattern = isObject(schema.patternProperties) ? Object.keys(schema.patternProperties) : []
  for (const pattern of byPattern) checkPattern(pattern, `${place}/patternProperties/${escaped(pattern)}`)
  if (typeof schema.pattern === 'string') checkPattern(schema.pattern, `${place}/pattern`)
  if (typeof schema.$ref === 'string' && !canBeDecoded(schema.$ref)) throw unresolved(`${place}/$ref`, schema.$ref)
  for (const keyword of ['properties', 'dependencies', 'dependentRequired', 'dependentSchemas']) {
    const members = Object.hasOwn(schema, keyword) ? schema[keyword] : undefined
    if (isObject(members) && Object.hasOwn(members, '__proto__')) {
      throw new WrongSchema(`${place}/${keyword}/__proto__`, 'is not supported; give the member another name')
    }
  }
}

function checkPattern(pattern: string, place: string): void {
  try {
    patternOf(pattern)
  } catch {
    throw wrong(place, pattern, 'expected a regular expression')
  }
}

function canBeDecoded(reference: string): boolean {
  try {
    decodeURIComponent(reference)
    return true
  } catch {
    return false
  }
}

function misfitOf(errors: readonly ErrorObject[]): WrongSchema {
  const [first] = grouped(errors)
  if (first === undefined) return new WrongSchema('', 'is none')
  const {instancePath, keyword, data, schema} = firstCause(first)
  const meant = keyword === 'enum' && typeof data === 'string' ? closest(data, schema as string[]) : undefined
  return wrong(instancePath, data, `${expectationOf(firstCause(first))}${meantText(meant)}`)
}

function asWrong(error: unknown, parts: readonly [SchemaObject, place: string][]): WrongSchema {
  if (error instanceof WrongSchema) return error
  if (error instanceof RangeError) {
    return new WrongSchema('', 'is nested too deeply, or refers to itself without a step into a member or an entry')
  }
  const message = error instanceof Error ? error.message : String(error)
  for (const [part, place] of parts) {
    for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
      const reference = part[keyword]
      if (message.startsWith(`can't resolve reference ${reference} from id `)) {
        return unresolved(`${place}/${keyword}`, String(reference))
      }
    }
  }
  return new WrongSchema('', `cannot be used: ${message}`)
}

function unresolved(place: string, reference: string): WrongSchema {
  const remedy = reference.startsWith('#') ? '' : '; nothing is fetched: copy what it names into $defs'
  return wrong(place, reference, `expected a reference to a part of this schema, as "#/$defs/NAME"${remedy}`)
}

function wrong(place: string, found: unknown, expected: string): WrongSchema {
  return new WrongSchema(place, `is ${quoted(found)}; ${expected}`)
}

/** Looked at without recursion, whose stack has an end. */
export function isDeeper(value: unknown, levels: number): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []))
  }
  return false
}

/** A name as a segment of a JSON Pointer. */
const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
