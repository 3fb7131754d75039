import path from 'node:path'
import {findFatalReport} from '../crash-log/fatal-report.js'
import {parseRecord} from '../crash-log/record.js'
import {readEndOfFile} from '../regular-file.js'

/** What is known of the end of a process that is no child of ours. */
export interface ToldEnd {
  /** Both null: it said nothing. */
  code: number | null
  signal: NodeJS.Signals | null
  /** As it would have said it on stderr. */
  stderrTail: readonly string[]
}

/** Some hundred records. */
const MAX_BYTES = 262_144

/**
 * The last words of a gateway: what it wrote into the crash log `log`, or the report that Node left beside it. `since`
 * (UTC epoch, milliseconds): process ids are used again. Never throws.
 */
export function toldEnd(log: string, {pid, since}: {pid: number; since: number}): ToldEnd {
  const report = findFatalReport(path.dirname(log), pid, since)
  if (report) return {code: null, signal: 'SIGABRT', stderrTail: [report.error ?? 'a fatal error of V8']}
  const unsaid: ToldEnd = {code: null, signal: null, stderrTail: []}
  return endOf(log).reduce((end, line) => {
    const record = parseRecord(line)
    if (record?.writer !== 'gateway' || record.fields.get('pid') !== String(pid) || record.time < since) return end
    const {fields, event} = record
    switch (event) {
      case 'gateway-exit':
        return {code: Number(fields.get('code')), signal: null, stderrTail: [`[gateway-exit] ${fields.get('reason')}`]}
      case 'signal-received': {
        const signal = fields.get('signal') as NodeJS.Signals
        return {code: null, signal, stderrTail: [`[gateway-signal] ${signal}`]}
      }
      case 'uncaught':
        return {code: 1, signal: null, stderrTail: [`[gateway-crash] ${fields.get('name')}: ${fields.get('message')}`]}
      default:
        return end
    }
  }, unsaid)
}

function endOf(log: string): string[] {
  try {
    return readEndOfFile(log, MAX_BYTES).text.split('\n')
  } catch {
    return []
  }
}
