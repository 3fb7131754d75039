/** Reads a value that a peer sent as what it should be; undefined where it is something else. Never throws. */
export type Shape<T> = (value: unknown) => T | undefined

export const text: Shape<string> = (value) => (typeof value === 'string' ? value : undefined)
export const flag: Shape<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)
export const anything: Shape<unknown> = (value) => value

/** A number that can be shown, counted and taken for a time: JSON knows 1e999 too. */
export const amount: Shape<number> = (value) =>
  typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined

export function oneOf<T extends string>(...words: readonly T[]): Shape<T> {
  return (value) => words.find((word) => word === value)
}

export function nullOr<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? null : shape(value))
}

/** What in the list is something else is left out. */
export function listOf<T>(shape: Shape<T>): Shape<T[]> {
  return (value) =>
    Array.isArray(value)
      ? value.flatMap((entry) => {
          const read = shape(entry)
          return read === undefined ? [] : [read]
        })
      : undefined
}

/** What in the record is something else is left out. */
export function recordOf<T>(shape: Shape<T>): Shape<Record<string, T>> {
  return (value) => {
    if (!isObject(value)) return undefined
    const entries = Object.entries(value).map(([name, entry]) => [name, shape(entry)] as const)
    return Object.fromEntries(entries.filter((entry): entry is readonly [string, T] => entry[1] !== undefined))
  }
}

/** Names that hold: those of a list, or those that a map says yes to. */
export const namesOf: Shape<string[]> = (value) =>
  isObject(value) ? Object.keys(value).filter((name) => value[name] === true) : listOf(text)(value)

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Without it the whole object is nothing. */
interface Must<T> {
  kind: 'must'
  shape: Shape<T>
}
/** Of a wrong type it is absent. */
interface May<T> {
  kind: 'may'
  shape: Shape<T>
}
/** Of a wrong type, or missing, it is `otherwise`. */
interface Or<T> {
  kind: 'or'
  shape: Shape<T>
  otherwise: T
}

export const must = <T>(shape: Shape<T>): Must<T> => ({kind: 'must', shape})
export const may = <T>(shape: Shape<T>): May<T> => ({kind: 'may', shape})
export const or = <T>(shape: Shape<T>, otherwise: T): Or<T> => ({kind: 'or', shape, otherwise})

type Member<T, K extends keyof T> = object extends Pick<T, K> ? May<Exclude<T[K], undefined>> : Must<T[K]> | Or<T[K]>

/** How each member of an object is read. The compiler wants every one: a new member can't be forgotten. */
export type Members<T> = {readonly [K in keyof T]-?: Member<T, K>}

/** An object that was read. `odd`: names of members that were there and were something else. */
export type Reading<T> = {value: T; odd: string[]} | {missing: string}

/** Members that are not in the table are left out; null is taken for absent. */
export function readObject<T>(members: Members<T>, source: Readonly<Record<string, unknown>>): Reading<T> {
  const value: Record<string, unknown> = {}
  const odd: string[] = []
  for (const [name, member] of Object.entries<Must<unknown> | May<unknown> | Or<unknown>>(members)) {
    const given = Object.hasOwn(source, name) ? source[name] : undefined
    const read = given === undefined ? undefined : member.shape(given)
    if (read !== undefined) value[name] = read
    else if (member.kind === 'must') return {missing: name}
    else {
      if (given !== undefined && given !== null) odd.push(name)
      if (member.kind === 'or') value[name] = member.otherwise
    }
  }
  return {value: value as T, odd}
}

export function object<T>(members: Members<T>): Shape<T> {
  return (value) => {
    const reading = isObject(value) ? readObject(members, value) : undefined
    return reading && 'value' in reading ? reading.value : undefined
  }
}
