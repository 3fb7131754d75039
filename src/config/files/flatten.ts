import {closest} from '../../refusal/closest.js'
import {unknownText} from '../../refusal/text.js'
import {isRecord} from '../check.js'
import {type ConfigKey, configKeys, isConfigKey} from '../schema.js'

/** One setting as a file spells it; `path` leads to it in the file. */
export interface Found {
  key: ConfigKey
  value: unknown
  path: readonly string[]
}

export interface Misplaced {
  path: readonly string[]
  message: string
}

/**
 * Brings nested groups (`recovery: {limit: 5}`) and dotted keys (`"recovery.limit": 5`) to the flat
 * keys of the table. A null is a key that is not set.
 */
export function flatten(data: unknown): {found: Found[]; misplaced: Misplaced[]} {
  const found = new Map<ConfigKey, Found>()
  const misplaced: Misplaced[] = []

  const add = (key: ConfigKey, value: unknown, path: readonly string[]) => {
    if (found.has(key)) misplaced.push({path, message: `"${key}" is set twice`})
    else found.set(key, {key, value, path})
  }

  const visit = (group: Record<string, unknown>, prefix: string, path: readonly string[]) => {
    for (const [name, value] of Object.entries(group)) {
      const key = prefix + name
      const here = [...path, name]
      if (value === null || value === undefined) continue
      if (isConfigKey(key)) add(key, value, here)
      else if (key.startsWith('keys.')) addKeys(key.slice('keys.'.length), value, here)
      else if (key.startsWith('providers.')) addPart('providers', key.slice('providers.'.length), value, here)
      else if (key.startsWith('mcp.')) addPart('mcp', key.slice('mcp.'.length), value, here)
      else if (isGroup(key) && isRecord(value)) visit(value, `${key}.`, here)
      else misplaced.push({path: here, message: unknownKey(key)})
    }
  }

  const addKeys = (action: string, value: unknown, path: readonly string[]) => {
    const known = found.get('keys')
    const keys = isRecord(known?.value) ? known.value : {}
    found.set('keys', {key: 'keys', value: {...keys, [action]: value}, path: known?.path ?? path})
  }

  const addPart = (key: 'providers' | 'mcp', rest: string, value: unknown, path: readonly string[]) => {
    const known = found.get(key)
    const named = isRecord(known?.value) ? {...known.value} : {}
    // The field is the last segment; a provider's own name may hold dots, that of a server none.
    const cut = key === 'mcp' ? rest.indexOf('.') : isRecord(value) ? -1 : rest.lastIndexOf('.')
    if (cut < 0) named[rest] = value
    else {
      const name = rest.slice(0, cut)
      const before = named[name]
      named[name] = {...(isRecord(before) ? before : {}), [rest.slice(cut + 1)]: value}
    }
    found.set(key, {key, value: named, path: known?.path ?? path})
  }

  if (isRecord(data)) visit(data, '', [])
  else if (data !== null && data !== undefined) {
    misplaced.push({path: [], message: 'the file does not hold keys with values'})
  }
  return {found: [...found.values()], misplaced}
}

function isGroup(key: string): boolean {
  return configKeys.some((known) => known.startsWith(`${key}.`))
}

function membersOf(group: string): string[] {
  return configKeys.filter((key) => key.startsWith(`${group}.`)).map((key) => key.slice(group.length + 1))
}

/** Why that is no key: `"recovery.limt" is not a known key; did you mean "recovery.limit"?`, or what its group takes. */
export function unknownKey(key: string): string {
  if (isGroup(key)) return `"${key}" is a group: expected ${membersOf(key).join(', ')} below it`
  const groups = [...new Set(configKeys.flatMap((known) => known.split('.').slice(0, -1)))]
  const known = [...configKeys, ...groups]
  const text = unknownText(key, 'a known key', known)
  const group = groups.filter((name) => key.startsWith(`${name}.`)).sort((a, b) => b.length - a.length)[0]
  return group === undefined || closest(key, known) ? text : `${text}; "${group}" takes ${membersOf(group).join(', ')}`
}
