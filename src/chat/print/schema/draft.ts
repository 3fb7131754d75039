import {Ajv, type Options} from 'ajv'
import {Ajv2019} from 'ajv/dist/2019.js'
import {Ajv2020} from 'ajv/dist/2020.js'
import draft07 from 'ajv/dist/refs/json-schema-draft-07.json' with {type: 'json'}

export type SchemaObject = Readonly<Record<string, unknown>>

/** Called with each part of a schema that is a schema itself. `place`: JSON Pointer. */
export type Inspect = (schema: SchemaObject, place: string) => void

/** What JSON Schemas of one draft are read with. */
export interface Draft {
  /** As `$schema` names it. */
  readonly url: string
  readonly ajv: Ajv
  /** What its schemas have to be; validating one by it inspects each part. */
  readonly meta: object
}

export const URL_07 = 'http://json-schema.org/draft-07/schema#'
export const URL_2019 = 'https://json-schema.org/draft/2019-09/schema'
export const URL_2020 = 'https://json-schema.org/draft/2020-12/schema'

/** Each draft that can be named by `$schema`. */
export const draftUrls = [URL_2020, URL_2019, URL_07, 'http://json-schema.org/draft-06/schema#']

/** The draft with such a `$schema`, 2020-12 without one; undefined where there is none. */
export function draftOf(named: unknown, inspect: Inspect): Draft | undefined {
  const url = typeof named === 'string' ? draftUrls.find((each) => bare(each) === bare(named)) : URL_2020
  if (url === undefined) return undefined
  const [ajv, meta] = readerOf(url)
  // A word of draft 4, at which Ajv throws.
  ajv.removeKeyword('id')
  ajv.addKeyword({
    keyword: 'inspected',
    schema: false,
    errors: false,
    validate(part: unknown, at?: {instancePath: string}) {
      if (isObject(part)) inspect(part, at?.instancePath ?? '')
      return true
    },
  })
  // Ajv throws at an empty enumeration without saying where it is.
  const properties = {...meta.properties, enum: {type: 'array', minItems: 1}}
  return {url, ajv, meta: {...meta, $id: 'hermes:meta', properties, inspected: true}}
}

function readerOf(url: string): [Ajv, SchemaObject & {properties?: object}] {
  switch (url) {
    case URL_2020:
      return [new Ajv2020(options), {$dynamicAnchor: 'meta', allOf: [{$ref: url}]}]
    case URL_2019:
      return [new Ajv2019(options), {$recursiveAnchor: true, allOf: [{$ref: url}]}]
    default:
      // Draft 6 is the same with less.
      return [new Ajv(options), draft07]
  }
}

const options: Options = {
  allErrors: true,
  verbose: true,
  // Any word may stand in a schema, and a format is only told to the model.
  strict: false,
  validateFormats: false,
  // 1e400 is a number, though Infinity once it is parsed.
  strictNumbers: false,
  ownProperties: true,
  // 0.3 is a multiple of 0.1, though not of what a computer makes of it. With more digits 123456.78 is none of 0.01.
  multipleOfPrecision: 6,
  // It is inspected before.
  validateSchema: false,
  logger: false,
  code: {regExp: Object.assign(patternOf, {code: 'new RegExp'})},
}

/** Of code points; one that can only be read without the flag is read so. */
export function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return new RegExp(pattern)
  }
}

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const bare = (url: string) => url.replace(/^https?:/, '').replace(/#$/, '')
