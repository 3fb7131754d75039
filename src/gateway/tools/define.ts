import type {Tool, ToolContext} from './types.js'

/** One argument of a tool, from which both its JSON Schema and its check are made. */
export type ArgumentSpec = {description: string; required?: boolean} & (
  | {type: 'string'; enum?: readonly string[]; minLength?: number; maxLength?: number}
  | {type: 'integer'; minimum: number; maximum: number}
  | {type: 'boolean'}
  | {type: 'array'; items: Record<string, ItemSpec> | 'string'; minItems?: number; maxItems: number}
)

type ItemSpec = {type: 'string'; enum?: readonly string[]; description: string}

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>

type ValueOf<S extends ArgumentSpec> = S extends {type: 'string'; enum: readonly (infer E)[]}
  ? E
  : S extends {type: 'string'}
    ? string
    : S extends {type: 'integer'}
      ? number
      : S extends {type: 'boolean'}
        ? boolean
        : S extends {type: 'array'; items: 'string'}
          ? string[]
          : S extends {type: 'array'; items: infer I}
            ? {[K in keyof I]: string}[]
            : never

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
      const problem = problemIn(args, definition.arguments)
      if (problem) return {error: `${name}: ${problem}`}
      if (context.signal.aborted) return {error: `${name}: interrupted before it ran`, interrupted: true}
      try {
        return await definition.run(withoutNulls(args) as ArgumentsOf<S>, context)
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
  const items = spec.items as Record<string, ItemSpec> | 'string'
  if (items === 'string') return {...spec, items: {type: 'string'}}
  return {
    ...spec,
    items: {type: 'object', properties: items, required: Object.keys(items), additionalProperties: false},
  }
}

/** What is wrong with the arguments, in words that say how to put it right; undefined when nothing is. */
function problemIn(args: unknown, specs: ArgumentSpecs): string | undefined {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return 'the arguments have to be a JSON object'
  const given = args as Record<string, unknown>
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(specs, name))
  if (unknown) return `there is no argument ${JSON.stringify(unknown)}; known are ${Object.keys(specs).join(', ')}`
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name]
    // Models send null for what they leave out.
    if (value === undefined || value === null) {
      if (spec.required) return `the argument ${name} is required (${spec.description})`
      continue
    }
    const problem = problemOf(value, spec)
    if (problem) return `the argument ${name} ${problem}`
  }
  return undefined
}

function problemOf(value: unknown, spec: ArgumentSpec): string | undefined {
  switch (spec.type) {
    case 'string':
      if (typeof value !== 'string') return 'has to be a string'
      if (spec.enum && !spec.enum.includes(value)) return `has to be one of ${spec.enum.join(', ')}`
      if (value.length < (spec.minLength ?? 0)) return 'must not be empty'
      if (value.length > (spec.maxLength ?? Number.POSITIVE_INFINITY))
        return `is longer than ${spec.maxLength} characters`
      return undefined
    case 'integer':
      if (!Number.isSafeInteger(value)) return 'has to be a whole number'
      if (Number(value) < spec.minimum || Number(value) > spec.maximum)
        return `has to be from ${spec.minimum} to ${spec.maximum}`
      return undefined
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'has to be true or false'
    case 'array': {
      if (!Array.isArray(value)) return 'has to be a list'
      if (value.length < (spec.minItems ?? 0)) return `needs at least ${spec.minItems} entries`
      if (value.length > spec.maxItems) return `has more than ${spec.maxItems} entries`
      const {items} = spec
      for (const [index, item] of value.entries()) {
        const problem = items === 'string' ? stringProblem(item) : itemProblem(item, items)
        if (problem) return `has a bad entry ${index + 1}: ${problem}`
      }
      return undefined
    }
  }
}

function stringProblem(item: unknown): string | undefined {
  return typeof item === 'string' && item !== '' ? undefined : 'it has to be a non-empty string'
}

function itemProblem(item: unknown, specs: Record<string, ItemSpec>): string | undefined {
  if (typeof item !== 'object' || item === null) return 'it has to be an object'
  const fields = item as Record<string, unknown>
  for (const [name, spec] of Object.entries(specs)) {
    const value = fields[name]
    if (typeof value !== 'string') return `${name} has to be a string`
    if (spec.enum && !spec.enum.includes(value)) return `${name} has to be one of ${spec.enum.join(', ')}`
  }
  return undefined
}

function withoutNulls(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
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
