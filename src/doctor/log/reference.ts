import type {LogEntry} from './entry.js'

/** A line in the format of the Python gateway or of its terminal program, read. */
export type ReferenceLine = Pick<LogEntry, 'writer' | 'event' | 'time' | 'exact' | 'fields'>

const header = /^=== (.+?) · (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?: · (.*?))? ===$/
const parent = /^\[tui-parent\] (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (.*)$/
/** `pid=17 killed=false exitCode=null signal=null`, or `pid=none`: what the parent knows of its child. */
const child = /\bpid=(none$|\S+ )/
/** Whole: one that a death has cut off is none. */
const signalName =
  'SIG(?:HUP|INT|QUIT|ILL|TRAP|ABRT|BUS|FPE|KILL|USR[12]|SEGV|PIPE|ALRM|TERM|STKFLT|XCPU|XFSZ|VTALRM|PROF|IO|PWR|SYS|BREAK)'
const fault = /^(Fatal Python error|Windows fatal exception): (.+)$/

/** First line of an entry of the Python gateway: `=== SIGTERM received · 2026-11-23 18:42:00 ===`. */
export function referenceHeader(line: string): ReferenceLine | undefined {
  const match = header.exec(line)
  if (!match) return undefined
  const [, what = '', year, month, day, hour, minute, second, rest = ''] = match
  const time = new Date(+(year ?? 0), +(month ?? 1) - 1, +(day ?? 1), +(hour ?? 0), +(minute ?? 0), +(second ?? 0))
  const kind = kindOfHeader(what, rest)
  if (Number.isNaN(time.getTime())) return undefined
  return {writer: 'gateway', event: kind.event, time: time.getTime(), exact: false, fields: new Map(kind.fields)}
}

/** First line of what Python itself writes when native code crashed; it has no time. */
export function referenceFault(line: string, time: number): ReferenceLine | undefined {
  const [, kind, message] = fault.exec(line) ?? []
  if (kind === undefined || message === undefined) return undefined
  return {writer: 'gateway', event: 'fault', time, exact: false, fields: new Map([['message', message]])}
}

function kindOfHeader(what: string, rest: string): {event: string; fields: [string, string][]} {
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
      return {event: 'note', fields: [['text', [what, rest].filter(Boolean).join(' · ')]]}
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
  {
    pattern: new RegExp(`^\\[lifecycle\\] child exit .* code=(-?\\d+|null) signal=(${signalName}|null)$`),
    event: 'exit',
    fields: ['code', 'signal'],
  },
  {
    // Cut short, as by who pasted it.
    pattern: new RegExp(`^\\[lifecycle\\] child exit .*\\bexitCode=(-?\\d+|null) signal=(${signalName}|null)\\b`),
    event: 'exit',
    fields: ['code', 'signal'],
  },
  {
    pattern: /^\[lifecycle\] transport exit code=(\S+) reason=(.*\bwebsocket\b.*)$/,
    event: 'connection-lost',
    fields: ['code', 'reason'],
  },
  {pattern: /^\[lifecycle\] (websocket silent drop detected.*)$/, event: 'connection-lost', fields: ['reason']},
  {
    pattern: /^\[lifecycle\] transport exit code=(\S+) reason=(.*)$/,
    event: 'transport-exit',
    fields: ['code', 'reason'],
  },
  {pattern: /^\[lifecycle\] child error .*?message=(.*)$/, event: 'spawn-failed', fields: ['message']},
  {pattern: /^\[lifecycle\] replacing live gateway child/, event: 'replace', fields: []},
  {pattern: /^\[lifecycle\] GatewayClient\.kill reason=(\S+)/, event: 'kill', fields: ['reason']},
  {
    pattern: /^\[startup\] timed out waiting for gateway\.ready(?: \(python=(.*), cwd=(.*)\))?/,
    event: 'startup-timeout',
    fields: ['command', 'cwd'],
  },
  {pattern: new RegExp(`^graceful-exit received signal=(${signalName})\\b`), event: 'signal', fields: ['signal']},
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
    const given = names.map((name, index): [string, string | undefined] => [name, found[index + 1]])
    const fields = new Map(given.filter((each): each is [string, string] => each[1] !== undefined))
    const pid = /^\[lifecycle\]/.test(text) ? child.exec(text)?.[1]?.trim() : undefined
    if (pid !== undefined) fields.set('pid', pid)
    return {writer: 'tui-parent', event, time, exact: true, fields}
  }
  // A later version says more than is known here; what is cut off may have been anything.
  if (isCutOff(text)) return undefined
  return {writer: 'tui-parent', event: 'note', time, exact: true, fields: new Map([['text', text]])}
}

/** How the texts that are known begin. */
const beginnings = [
  ...['spawned gateway child', 'child exit', 'child error', 'transport exit', 'replacing live gateway child'],
  ...['GatewayClient.kill', 'websocket silent drop detected'],
]
  .map((text) => `[lifecycle] ${text}`)
  .concat('[startup] timed out waiting', 'graceful-exit received', 'uncaughtException: ', 'unhandledRejection: ')
  .concat('memory-critical', 'memory-warning')

/** Whether it begins as a text that is known, or as a record of ours, and so would have been read were it whole. */
function isCutOff(text: string): boolean {
  if (beginnings.some((begin) => text.startsWith(begin) || begin.startsWith(text))) return true
  if (/\[(?:tui-parent|gateway)\] \d{4}-/.test(text)) return true
  const field = /^[\w.-]+ ([\w.-]*)(=?)/.exec(text)
  return field !== null && (field[2] === '=' || (field[0] === text && 'instance'.startsWith(field[1] ?? '')))
}

const tracebackLine = 'Traceback (most recent call last):'
const linkLine = /^(?:During handling of the above exception|The above exception was the direct cause)\b/
const exceptionLine = /^((?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*))(?:: .*)?$/

/**
 * The error that a Python traceback tells of: its name without the module, and its first line. Of several that
 * caused each other it is the last one. What follows it is the rest of its message, its notes, or what it is a
 * group of; stacks are indented.
 */
export function lastOfTraceback(body: readonly string[]): {name: string; text: string} | undefined {
  const lines = body.map(ungrouped)
  const start = lines.findLastIndex(
    (line, index) => line === tracebackLine && (index === 0 || linkLine.test(lines[index - 1] ?? '')),
  )
  const text = lines.slice(start + 1).find((line) => /^\S/.test(line) && line !== tracebackLine)
  const name = exceptionLine.exec(text ?? '')?.[2]
  return name === undefined || text === undefined ? undefined : {name, text}
}

/** A line of a group's own traceback, as that of any other error; those of its parts are further in. */
function ungrouped(line: string): string {
  return /^ {2}\+ Exception Group (Traceback .*)$/.exec(line)?.[1] ?? /^ {2}\| (.*)$/.exec(line)?.[1] ?? line
}
