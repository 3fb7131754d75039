import type {Event} from 'js-yaml'

export interface Position {
  /** From 1. */
  line: number
  column: number
}

/** Where in a file the key at a path stands; the nearest known key above it where the path leads nowhere. */
export type Locate = (path: readonly string[]) => Position

/**
 * Finds keys in YAML or JSON text. Only a file with a problem is read this way: it takes the YAML
 * parser, which a JSON file is otherwise loaded without.
 */
export async function locator(text: string): Promise<Locate> {
  const offsets = await keyOffsets(text)
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(id(path.slice(0, length)))
      if (offset !== undefined) return positionAt(text, offset)
    }
    return {line: 1, column: 1}
  }
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  return {line: before.split('\n').length, column: offset - before.lastIndexOf('\n')}
}

const id = (path: readonly string[]): string => path.join('\0')

async function keyOffsets(text: string): Promise<Map<string, number>> {
  const yaml = await import('js-yaml')
  const offsets = new Map<string, number>()
  let events: readonly Event[]
  try {
    events = yaml.parseEvents(text, {})
  } catch {
    return offsets
  }

  let next = 0
  const visit = (path: readonly string[]): void => {
    const event = events[next++]
    if (event?.type === yaml.EVENT_MAPPING) {
      while (next < events.length && events[next]?.type !== yaml.EVENT_POP) {
        const key = events[next]
        if (key?.type !== yaml.EVENT_SCALAR) {
          // A collection or alias as a key: nothing of ours has one.
          visit([...path, ''])
          visit([...path, ''])
          continue
        }
        next++
        const here = [...path, yaml.getScalarValue(text, key)]
        const quoted = key.style === yaml.SCALAR_STYLE.DOUBLE_QUOTED || key.style === yaml.SCALAR_STYLE.SINGLE_QUOTED
        offsets.set(id(here), key.valueStart - (quoted ? 1 : 0))
        visit(here)
      }
      next++
    } else if (event?.type === yaml.EVENT_SEQUENCE) {
      for (let index = 0; next < events.length && events[next]?.type !== yaml.EVENT_POP; index++) {
        const item = events[next]
        const here = [...path, String(index)]
        if (item?.type === yaml.EVENT_SCALAR) offsets.set(id(here), item.valueStart)
        visit(here)
      }
      next++
    }
  }
  if (events[next]?.type === yaml.EVENT_DOCUMENT) next++
  visit([])
  return offsets
}
