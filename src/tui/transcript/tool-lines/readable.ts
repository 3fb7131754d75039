/** Nothing that a person reads nests as deep. */
const MAX_DEPTH = 12

/**
 * A value of any shape as lines for people: a member a line, lists with dashes, what is in them indented. Ends after about
 * `limit` characters, with a line that says so: results may be of many megabytes and any depth.
 */
export function readable(value: unknown, limit: number): string {
  const lines: string[] = []
  let length = 0
  let full = false
  const add = (line: string) => {
    if (full) return
    const room = limit - length
    lines.push(line.length > room ? `${line.slice(0, Math.max(0, room))}…` : line)
    length += line.length + 1
    full = length > limit
  }
  const write = (part: unknown, label: string, indent: string, depth: number): void => {
    if (full) return
    if (typeof part !== 'object' || part === null) writeText(scalar(part), label, indent)
    else if (depth >= MAX_DEPTH) add(`${indent}${label}…`)
    else if (Array.isArray(part)) writeList(part, label, indent, depth)
    else writeMembers(part, label, indent, depth)
  }
  const writeMembers = (part: object, label: string, indent: string, depth: number): void => {
    const names = namesOf(part, limit)
    if (names.length === 0) add(`${indent}${label}nothing`)
    else if (label !== '') add(`${indent}${label}`.trimEnd())
    const inner = label === '' ? indent : `${indent}  `
    for (const name of names) write((part as Record<string, unknown>)[name], `${name}: `, inner, depth + 1)
  }
  const writeList = (list: readonly unknown[], label: string, indent: string, depth: number): void => {
    if (list.length === 0) add(`${indent}${label}none`)
    else if (label !== '') add(`${indent}${label}`.trimEnd())
    const inner = label === '' ? indent : `${indent}  `
    for (const entry of list) {
      if (full) return
      write(entry, '- ', inner, depth + 1)
    }
  }
  const writeText = (text: string, label: string, indent: string): void => {
    const [first = '', ...more] = text.slice(0, limit).split('\n')
    if (more.length === 0) add(`${indent}${label}${first}`)
    else {
      if (label !== '') add(`${indent}${label}`.trimEnd())
      for (const line of [first, ...more]) add(label === '' ? line : `${indent}  ${line}`)
    }
  }
  write(value, '', '', 0)
  if (full) lines.push('… the rest is left out')
  return lines.join('\n')
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value)
}

/** Not all of an object with a million members. */
function namesOf(value: object, limit: number): string[] {
  const names: string[] = []
  for (const name in value) {
    if (!Object.hasOwn(value, name)) continue
    names.push(name)
    if (names.length > limit) break
  }
  return names
}
