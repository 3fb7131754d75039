import * as v from 'valibot'
import type {ArgumentSpec, ArgumentSpecs, ArgumentsOf, ItemSpec, ScalarSpec, TextsSpec} from './argument-specs.js'

/** JSON Schema of the arguments. */
export function jsonSchemaOf(specs: ArgumentSpecs): Record<string, unknown> {
  const properties = Object.fromEntries(
    Object.entries(specs).map(([name, {required: _required, ...spec}]) => [name, propertyOf(spec)]),
  )
  const required = Object.keys(specs).filter((name) => specs[name]?.required)
  return {type: 'object', properties, ...(required.length > 0 ? {required} : {}), additionalProperties: false}
}

function propertyOf(spec: Omit<ArgumentSpec, 'required'> | Omit<ItemSpec, 'optional'>): Record<string, unknown> {
  if (!('items' in spec)) return {...spec}
  const items = spec.items as Readonly<Record<string, ItemSpec>> | 'string'
  if (items === 'string') return {...spec, items: {type: 'string'}}
  const properties = Object.fromEntries(
    Object.entries(items).map(([name, {optional: _, ...item}]) => [name, propertyOf(item)]),
  )
  const required = Object.keys(items).filter((name) => !items[name]?.optional)
  return {...spec, items: {type: 'object', properties, required, additionalProperties: false}}
}

export type Checked<S extends ArgumentSpecs> = {value: ArgumentsOf<S>} | {problem: string}

/** Makes a check of arguments that are coerced already; what is wrong is told with its place, what is expected and what was found. */
export function argumentCheck<S extends ArgumentSpecs>(specs: S): (args: Record<string, unknown>) => Checked<S> {
  const schema = v.strictObject(entriesOf(specs, ({required}) => required === true))
  return (args) => {
    const unknown = Object.keys(args).filter((name) => !Object.hasOwn(specs, name))
    const result = v.safeParse(schema, args, {abortEarly: true})
    if (result.success) return {value: result.output as ArgumentsOf<S>}
    const known = Object.keys(specs).join(', ')
    const problems = unknown.slice(0, 3).map((name) => `there is no argument ${quoted(name)}; known are ${known}`)
    const [issue] = result.issues
    if (issue.expected !== 'never') problems.push(problemOf(issue, specs))
    return {problem: problems.join('; ')}
  }
}

type Entries = Record<string, v.GenericSchema>

function entriesOf<T extends ArgumentSpec | ItemSpec>(
  specs: Readonly<Record<string, T>>,
  isRequired: (spec: T) => boolean,
): Entries {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const schema = spec.type === 'array' ? listSchema(spec) : scalarSchema(spec)
      return [name, isRequired(spec) ? schema : v.optional(schema)]
    }),
  )
}

function scalarSchema(spec: ScalarSpec): v.GenericSchema {
  switch (spec.type) {
    case 'string':
      if (spec.enum) return v.picklist(spec.enum, `has to be one of ${spec.enum.join(', ')}`)
      return v.pipe(
        v.string('has to be a string'),
        v.minLength(spec.minLength ?? 0, 'must not be empty'),
        v.maxLength(spec.maxLength ?? Number.POSITIVE_INFINITY, `is longer than ${spec.maxLength} characters`),
      )
    case 'integer': {
      const {minimum, maximum} = spec
      const range = `has to be from ${minimum} to ${maximum}`
      const whole = 'has to be a whole number'
      return v.pipe(v.number(whole), v.safeInteger(whole), v.minValue(minimum, range), v.maxValue(maximum, range))
    }
    case 'boolean':
      return v.boolean('has to be true or false')
  }
}

type ListSpec = Extract<ArgumentSpec, {type: 'array'}>

function listSchema({items, minItems = 0, maxItems}: ListSpec | TextsSpec): v.GenericSchema {
  const text = 'has to be a non-empty string'
  const item =
    items === 'string'
      ? v.pipe(v.string(text), v.minLength(1, text))
      : v.object(
          entriesOf(items, ({optional}) => !optional),
          'has to be an object',
        )
  return v.pipe(
    v.array(item, 'has to be a list'),
    v.minLength(minItems, `needs at least ${minItems} ${minItems === 1 ? 'entry' : 'entries'}`),
    v.maxLength(maxItems, `has more than ${maxItems} entries`),
  )
}

function problemOf(issue: v.BaseIssue<unknown>, specs: ArgumentSpecs): string {
  const [{key: name} = {key: ''}, ...below] = issue.path ?? []
  const place = String(name) + below.map(({key}) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  const isMissing = issue.received === 'undefined'
  if (isMissing) {
    const about = below.length === 0 ? specs[String(name)]?.description : undefined
    return `the argument ${place} is required${about === undefined ? '' : ` (${about})`}`
  }
  const found = issue.kind === 'schema' ? `, not ${shown(issue.received)}` : ''
  return `the argument ${place} ${issue.message}${found}`
}

/** A value as valibot names it: a text in quotes, else its type. */
function shown(received: string): string {
  return received.length > 60 ? `${received.slice(0, 59).toWellFormed()}…` : received
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 60).toWellFormed())
}
