import {isObject} from '../../protocol/shapes/shape.js'
import type {ArgumentSpec, ArgumentSpecs, ItemSpec, ScalarSpec} from './argument-specs.js'

type Members = Readonly<Record<string, unknown>>

/**
 * Arguments in the form that a tool asks for, where a model wrote the same in another: numbers and truth values as text, a
 * list or an entry as JSON within JSON, one entry for a list of it, null for what is left out. What can't be read so stays
 * as it is, for the check to tell.
 */
export function coerced(args: Members, specs: ArgumentSpecs): Record<string, unknown> {
  return membersOf(args, specs, argumentOf, ({required}) => !required)
}

function argumentOf(value: unknown, spec: ArgumentSpec): unknown {
  if (spec.type !== 'array') return scalarOf(value, spec)
  const {items} = spec
  const list = listOf(value, items)
  if (!Array.isArray(list) || items === 'string') return list
  return list.map((entry) => itemOf(entry, items))
}

function listOf(value: unknown, items: 'string' | Readonly<Record<string, ItemSpec>>): unknown {
  const read = typeof value === 'string' ? (parsed(value) ?? value) : value
  if (Array.isArray(read)) return read
  const isEntry = items === 'string' ? typeof value === 'string' && value !== '' : isObject(read)
  return isEntry ? [items === 'string' ? value : read] : value
}

function itemOf(value: unknown, specs: Readonly<Record<string, ItemSpec>>): unknown {
  const read = typeof value === 'string' ? parsed(value) : value
  return isObject(read) ? membersOf(read, specs, partOf, ({optional}) => optional === true) : value
}

function partOf(value: unknown, spec: ItemSpec): unknown {
  return spec.type === 'array' ? listOf(value, spec.items) : scalarOf(value, spec)
}

function membersOf<S>(
  source: Members,
  specs: Readonly<Record<string, S>>,
  read: (value: unknown, spec: S) => unknown,
  isOptional: (spec: S) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(source).flatMap(([name, value]) => {
      const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
      if (!spec) return [[name, value]]
      return value === null && isOptional(spec) ? [] : [[name, read(value, spec)]]
    }),
  )
}

function scalarOf(value: unknown, {type}: ScalarSpec): unknown {
  if (typeof value !== 'string') return value
  if (type === 'integer' && /^\s*-?\d{1,15}(?:\.0+)?\s*$/.test(value)) return Number(value)
  if (type === 'boolean' && /^\s*(?:true|false)\s*$/i.test(value)) return value.trim().toLowerCase() === 'true'
  return value
}

/** Undefined where it is no JSON, or nested deeper than can be read. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
