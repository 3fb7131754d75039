import type {LogEntry} from './entry.js'

/** A line in the format of the Python gateway or of its terminal program, read. */
export type ReferenceLine = Pick<LogEntry, 'writer' | 'event' | 'time' | 'exact' | 'fields'>

const header = /^=== (.+?) · (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?: · (.*?))? ===$/
const parent = /^\[tui-parent\] (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (.*)$/
/** `pid=17 killed=false exitCode=null signal=null`, or `pid=none`: what the parent knows of its child. */
const child = /\bpid=(\S+)/

/** First line of an entry of the Python gateway: `=== SIGTERM received · 2026-11-23 18:42:00 ===`. */
export function referenceHeader(line: string): ReferenceLine | undefined {
  const match = header.exec(line)
  if (!match) return undefined
  const [, what = '', year, month, day, hour, minute, second, rest = ''] = match
  const time = new Date(+(year ?? 0), +(month ?? 1) - 1, +(day ?? 1), +(hour ?? 0), +(minute ?? 0), +(second ?? 0))
  const kind = kindOfHeader(what, rest)
  if (!kind || Number.isNaN(time.getTime())) return undefined
  return {writer: 'gateway', event: kind.event, time: time.getTime(), exact: false, fields: new Map(kind.fields)}
}

function kindOfHeader(what: string, rest: string): {event: string; fields: [string, string][]} | undefined {
  const signal = /^(SIG[A-Z0-9]+) received$/.exec(what)?.[1]
  if (signal) return {event: 'signal-received', fields: [['signal', signal]]}
  const value = rest.slice(rest.indexOf('=') + 1)
  switch (what) {
    case 'gateway exit':
      return {event: 'gateway-exit', fields: [['reason', value]]}
    case 'unhandled exception':
      return {event: 'uncaught', fields: []}
    case 'thread exception':
      return {event: 'thread-exception', fields: [['thread', value]]}
    case 'turn-dispatcher exception':
      return {event: 'turn-exception', fields: [['session', value]]}
    default:
      return undefined
  }
}

/** Forms of the terminal program's texts, first match wins. Values that are free text come last in a line. */
const texts: readonly {
  pattern: RegExp
  event: string
  fields: readonly string[]
}[] = [
  {
    pattern: /^\[lifecycle\] spawned gateway child .*?python=(.*) cwd=(.*)$/,
    event: 'spawn',
    fields: ['command', 'cwd'],
  },
  {pattern: /^\[lifecycle\] child exit .* code=(\S+) signal=(\S+)$/, event: 'exit', fields: ['code', 'signal']},
  {
    pattern: /^\[lifecycle\] transport exit code=(\S+) reason=(.*)$/,
    event: 'transport-exit',
    fields: ['code', 'reason'],
  },
  {pattern: /^\[lifecycle\] child error .*?message=(.*)$/, event: 'spawn-failed', fields: ['message']},
  {pattern: /^\[lifecycle\] replacing live gateway child/, event: 'replace', fields: []},
  {pattern: /^\[lifecycle\] GatewayClient\.kill reason=(\S+)/, event: 'kill', fields: ['reason']},
  {pattern: /^\[startup\] timed out waiting for gateway\.ready/, event: 'startup-timeout', fields: []},
  {pattern: /^graceful-exit received signal=(\S+)/, event: 'signal', fields: ['signal']},
  {pattern: /^(uncaughtException|unhandledRejection): (.*)$/, event: 'parent-error', fields: ['kind', 'message']},
  {
    pattern: /^memory-critical process\.exit\(137\) heap=(\S+) rss=(\S+)/,
    event: 'memory-critical',
    fields: ['heap', 'rss'],
  },
  {pattern: /^memory-warning .*?heap=(\S+) rss=(\S+)/, event: 'memory-warning', fields: ['heap', 'rss']},
]

/** A line of the reference's terminal program: `[tui-parent] 2026-…Z [lifecycle] child exit pid=17 …`. */
export function referenceParent(line: string): ReferenceLine | undefined {
  const match = parent.exec(line)
  if (!match) return undefined
  const [, stamp = '', text = ''] = match
  const time = Date.parse(stamp)
  if (Number.isNaN(time)) return undefined
  for (const {pattern, event, fields: names} of texts) {
    const found = pattern.exec(text)
    if (!found) continue
    const fields = new Map(names.map((name, index) => [name, found[index + 1] ?? '']))
    const pid = /^\[lifecycle\]/.test(text) ? child.exec(text)?.[1] : undefined
    if (pid !== undefined) fields.set('pid', pid)
    return {writer: 'tui-parent', event, time, exact: true, fields}
  }
  return undefined
}

/** The error that a Python traceback ends with: its name without the module, and the line. */
export function lastOfTraceback(body: readonly string[]): {name: string; text: string} | undefined {
  for (let index = body.length - 1; index >= 0; index--) {
    const match = /^((?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*))(?:: .*)?$/.exec(body[index] ?? '')
    if (match?.[2]) return {name: match[2], text: body[index] ?? ''}
  }
  return undefined
}
