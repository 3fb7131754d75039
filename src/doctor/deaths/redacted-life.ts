import {redacted} from '../../redact/index.js'
import type {LogEntry} from '../log/entry.js'
import type {Life} from './types.js'

/** A life without the secrets that the Python pair leaves in its records. Ours have none. */
export function redactedLife(life: Life, redact: (text: string) => string): Life {
  const known = new Map<LogEntry, LogEntry>()
  const clean = (entry: LogEntry) => {
    if (entry.dialect !== 'reference') return entry
    const done = known.get(entry) ?? redactedEntry(entry, redact)
    known.set(entry, done)
    return done
  }
  return {
    ...life,
    entries: life.entries.map(clean),
    after: life.after.map(clean),
    programSignals: life.programSignals.map(clean),
    end: life.end && clean(life.end),
  }
}

function redactedEntry(entry: LogEntry, redact: (text: string) => string): LogEntry {
  const fields = new Map([...entry.fields].map(([name, value]) => [name, redact(value)]))
  return {...entry, text: redact(entry.text), fields, body: redactedLines(entry.body, redact)}
}

/** A line of a private key; what stands before it in traces and logs is none of it. */
const keyLine = /(?:^|\s|["'|])[A-Za-z0-9+/=]{16,}(?:\\n)?["',]*\s*$/

/** Line by line: what is secret on one must not reach into the next, but for a key of several lines. */
export function redactedLines(lines: readonly string[], redact: (text: string) => string): string[] {
  let inKey = false
  return lines.map((line) => {
    if (inKey && keyLine.test(line)) return redacted
    inKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line) && !line.includes('-----END')
    return redact(line)
  })
}
