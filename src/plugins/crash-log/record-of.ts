import type {CrashFieldValue, CrashRecord, LifecycleEvent} from '../../index.js'

/** The line of an event: who and when first, then what it alone knows, in the order of its fields. */
export function recordOf(event: LifecycleEvent): CrashRecord {
  const {schemaVersion: _, type, time, monotonic, instance, generation, pid, sessionKey, ...own} = event
  return {
    time,
    event: type,
    fields: [
      ['instance', instance],
      ['gen', generation],
      ['pid', pid ?? 'none'],
      ['session', sessionKey ?? 'none'],
      ['mono', monotonic],
      ...Object.entries(own).flatMap(([name, value]) => fieldsOf(name, value)),
    ],
    sync: isDeath(event),
  }
}

/** After these, this process or the gateway may be gone before the system has written the page. */
function isDeath(event: LifecycleEvent): boolean {
  switch (event.type) {
    case 'exit':
      return !event.expected
    case 'recover':
      return event.outcome === 'exhausted'
    case 'signal':
    case 'hang':
    case 'memory-critical':
    case 'uncaught':
      return true
    default:
      return false
  }
}

function fieldsOf(name: string, value: unknown): [string, CrashFieldValue][] {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return [[name, value]]
  }
  if (value === undefined) return []
  if (Array.isArray(value)) {
    if (value.length === 0) return []
    // Other lists than a command are lines of a text.
    return [[name, name === 'command' ? value.map(String) : value.join('\n')]]
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([inner, item]) => fieldsOf(`${name}.${inner}`, item))
  }
  return [[name, String(value)]]
}
