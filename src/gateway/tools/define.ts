import type {Tool, ToolContext} from './types.js'

/** A value without parts. */
type ScalarSpec =
  | {type: 'string'; enum?: readonly string[]; minLength?: number; maxLength?: number}
  | {type: 'integer'; minimum: number; maximum: number}
  | {type: 'boolean'}

/** A field of the entries of a list; required unless it is optional. */
type ItemSpec = {description: string; optional?: true} & ScalarSpec

/** One argument of a tool, from which both its JSON Schema and its check are made. */
export type ArgumentSpec = {description: string; required?: boolean} & (
  | ScalarSpec
  | {type: 'array'; items: Readonly<Record<string, ItemSpec>> | 'string'; minItems?: number; maxItems: number}
)

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>

type ScalarOf<S> = S extends {type: 'string'; enum: readonly (infer E)[]}
  ? E
  : S extends {type: 'string'}
    ? string
    : S extends {type: 'integer'}
      ? number
      : S extends {type: 'boolean'}
        ? boolean
        : never

type ValueOf<S extends ArgumentSpec> = S extends {type: 'array'; items: 'string'}
  ? string[]
  : S extends {type: 'array'; items: infer I}
    ? {[K in keyof I]: I[K] extends {optional: true} ? ScalarOf<I[K]> | undefined : ScalarOf<I[K]>}[]
    : ScalarOf<S>

/** Checked arguments: required ones are there, the others may be undefined. */
export type ArgumentsOf<S extends ArgumentSpecs> = {
  [K in keyof S]: S[K] extends {required: true} ? ValueOf<S[K]> : ValueOf<S[K]> | undefined
}

export interface ToolDefinition<S extends ArgumentSpecs> {
  name: string
  toolset: string
  description: string
  idempotent: boolean
  arguments: S
  /** Preview of the arguments, cut to 80 characters by the caller. */
  context(args: Partial<Record<keyof S, unknown>>): string
  run(args: ArgumentsOf<S>, context: ToolContext): Promise<Record<string, unknown>>
}

/** Makes a tool that checks its arguments and turns whatever goes wrong into a result that the model can act on. */
export function defineTool<const S extends ArgumentSpecs>(definition: ToolDefinition<S>): Tool {
  const {name, toolset, description, idempotent} = definition
  return {
    name,
    toolset,
    description,
    idempotent,
    parameters: schemaOf(definition.arguments),
    context: (args) => preview(definition.context(args as Partial<Record<keyof S, unknown>>)),
    async run(args, context) {
      const checked = checkArguments(args, definition.arguments)
      if ('problem' in checked) return {error: `${name}: ${checked.problem}`}
      if (context.signal.aborted) return {error: `${name}: interrupted before it ran`, interrupted: true}
      try {
        return await definition.run(checked.value as ArgumentsOf<S>, context)
      } catch (error) {
        return {error: `${name}: ${explain(error)}`}
      }
    },
  }
}

/** JSON Schema of the arguments. */
function schemaOf(specs: ArgumentSpecs): Record<string, unknown> {
  const properties = Object.fromEntries(
    Object.entries(specs).map(([name, {required: _required, ...spec}]) => [name, propertyOf(spec)]),
  )
  const required = Object.keys(specs).filter((name) => specs[name]?.required)
  return {type: 'object', properties, ...(required.length > 0 ? {required} : {}), additionalProperties: false}
}

function propertyOf(spec: Omit<ArgumentSpec, 'required'>): Record<string, unknown> {
  if (!('items' in spec)) return {...spec}
  const items = spec.items as Readonly<Record<string, ItemSpec>> | 'string'
  if (items === 'string') return {...spec, items: {type: 'string'}}
  const properties = Object.fromEntries(Object.entries(items).map(([name, {optional: _, ...item}]) => [name, item]))
  const required = Object.keys(items).filter((name) => !items[name]?.optional)
  return {...spec, items: {type: 'object', properties, required, additionalProperties: false}}
}

/** A value as the tool takes it, or what is wrong with it, in words that say how to put it right. */
type Checked = {value: unknown} | {problem: string}

function checkArguments(args: unknown, specs: ArgumentSpecs): Checked {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    return {problem: 'the arguments have to be a JSON object'}
  }
  const unknown = Object.keys(args).find((name) => !Object.hasOwn(specs, name))
  if (unknown !== undefined) {
    const known = Object.keys(specs).join(', ')
    return {problem: `there is no argument ${JSON.stringify(unknown)}; known are ${known}`}
  }
  const value: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const given = (args as Record<string, unknown>)[name]
    // Models send null for what they leave out.
    if (given === undefined || given === null) {
      if (spec.required) return {problem: `the argument ${name} is required (${spec.description})`}
      continue
    }
    const checked = spec.type === 'array' ? checkList(given, spec) : checkScalar(given, spec)
    if ('problem' in checked) return {problem: `the argument ${name} ${checked.problem}`}
    value[name] = checked.value
  }
  return {value}
}

/** Numbers and truth values are taken as text too: models send "5" and "true". */
function checkScalar(given: unknown, spec: ScalarSpec): Checked {
  switch (spec.type) {
    case 'string':
      if (typeof given !== 'string') return {problem: 'has to be a string'}
      if (spec.enum && !spec.enum.includes(given)) return {problem: `has to be one of ${spec.enum.join(', ')}`}
      if (given.length < (spec.minLength ?? 0)) return {problem: 'must not be empty'}
      if (given.length > (spec.maxLength ?? Number.POSITIVE_INFINITY)) {
        return {problem: `is longer than ${spec.maxLength} characters`}
      }
      return {value: given}
    case 'integer': {
      const value = typeof given === 'string' && /^\s*-?\d{1,15}(?:\.0+)?\s*$/.test(given) ? Number(given) : given
      if (!Number.isSafeInteger(value)) return {problem: 'has to be a whole number'}
      if (Number(value) < spec.minimum || Number(value) > spec.maximum) {
        return {problem: `has to be from ${spec.minimum} to ${spec.maximum}`}
      }
      return {value}
    }
    case 'boolean':
      if (typeof given === 'boolean') return {value: given}
      if (typeof given === 'string' && /^(?:true|false)$/i.test(given)) return {value: given.toLowerCase() === 'true'}
      return {problem: 'has to be true or false'}
  }
}

function checkList(given: unknown, spec: Extract<ArgumentSpec, {type: 'array'}>): Checked {
  const list = typeof given === 'string' ? parsedList(given) : given
  if (!Array.isArray(list)) return {problem: 'has to be a list'}
  if (list.length < (spec.minItems ?? 0)) return {problem: `needs at least ${spec.minItems} entries`}
  if (list.length > spec.maxItems) return {problem: `has more than ${spec.maxItems} entries`}
  const {items} = spec
  const value: unknown[] = []
  for (const [index, item] of list.entries()) {
    const checked = items === 'string' ? checkText(item) : checkItem(item, items)
    if ('problem' in checked) return {problem: `has a bad entry ${index + 1}: ${checked.problem}`}
    value.push(checked.value)
  }
  return {value}
}

/** Some models write a list as JSON within their JSON. */
function parsedList(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function checkText(item: unknown): Checked {
  return typeof item === 'string' && item !== '' ? {value: item} : {problem: 'it has to be a non-empty string'}
}

function checkItem(item: unknown, specs: Readonly<Record<string, ItemSpec>>): Checked {
  if (typeof item !== 'object' || item === null) return {problem: 'it has to be an object'}
  const value: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const given = (item as Record<string, unknown>)[name]
    if (spec.optional && (given === undefined || given === null)) continue
    const checked = checkScalar(given, spec)
    if ('problem' in checked) return {problem: `${name} ${checked.problem}`}
    value[name] = checked.value
  }
  return {value}
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const {code, path} = error as NodeJS.ErrnoException
  const known = code === undefined ? undefined : systemErrors[code]
  return known ? `${path ? `${path}: ` : ''}${known} (${code})` : error.message
}

/** One line of at most 80 characters. */
export function preview(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: arguments come from a model and are shown in a terminal
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  const points = [...line]
  return points.length > 80 ? `${points.slice(0, 79).join('')}…` : line
}
