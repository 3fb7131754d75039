/** Members of what a gateway sent, which may be anything. */

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

export function textField(value: unknown, ...names: string[]): string | undefined {
  for (const name of names) {
    const found = field(value, name)
    if (typeof found === 'string') return found
  }
  return undefined
}

export function numberField(value: unknown, name: string): number | undefined {
  const found = field(value, name)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

export function listField(value: unknown, name: string): readonly unknown[] | undefined {
  const found = field(value, name)
  return Array.isArray(found) ? found : undefined
}

/** `1 line`, `46 lines`, `200+ files` where there are more than were counted. */
export function counted(count: number, one: string, {more = false, many = `${one}s`} = {}): string {
  return `${count}${more ? '+' : ''} ${count === 1 && !more ? one : many}`
}
