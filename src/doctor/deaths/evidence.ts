import type {KillReason} from '../../lifecycle/events.js'
import {firstWords, placeOfFault} from '../../supervisor/death/last-words.js'
import type {LogEntry} from '../log/entry.js'
import {lastOfTraceback} from '../log/reference.js'
import {isLastWord} from './gateway-records.js'
import type {Confidence, Life} from './types.js'

/** What the records of one life say about its end, each with the record that says it. */
export interface Evidence {
  who: Life['who']
  dialect: Life['dialect']
  end: LogEntry | undefined
  spawnFailed: {errno: string | undefined; message: string} | undefined
  code: number | null
  signal: NodeJS.Signals | null
  /** Named by the program when it happened, with what it alone could see: the kernel's counter, all of stderr. */
  recordedCause: string | undefined
  /** How sure it was of that then, as the person was told. */
  recordedConfidence: Confidence | undefined
  intent: {reason: KillReason; entry: LogEntry} | undefined
  hang: LogEntry | undefined
  startupTimeout: LogEntry | undefined
  /** What it did against the protocol. */
  breach: {says: string; entry: LogEntry} | undefined
  ready: boolean
  /** What the gateway itself wrote before it ended: the first of it, of which the rest followed. */
  ownSignal: {signal: string; entry: LogEntry | undefined} | undefined
  ownReason: {reason: string; entry: LogEntry} | undefined
  ownError: {name: string; text: string; entry: LogEntry} | undefined
  /** What Python wrote of a crash in native code. */
  ownFault: {message: string; place: string | undefined; entry: LogEntry} | undefined
  /** A gateway on a socket was gone. */
  disconnected: LogEntry | undefined
  /** The program itself wrote that an error ended it. */
  programError: {name: string; text: string; screen: boolean; entry: LogEntry} | undefined
  /** Signals that the program itself got around that time. */
  programSignal: {signal: string; entry: LogEntry} | undefined
  memoryCritical: LogEntry | undefined
  /** An error of the reference's program, which goes on after one. */
  parentError: LogEntry | undefined
  /** No program wrote of it. */
  alone: boolean
  /** A later run found that this one had ended without a word. */
  vanished: LogEntry | undefined
  stderrTail: readonly string[]
  command: readonly string[]
  cwd: string
  ambiguous: boolean
  /** What the kernel's log says of having killed this very process. */
  kernelKill: {line: string; limitBytes?: number | undefined} | undefined
}

/** A signal to the program within this time of the gateway's end is taken for the same event. */
const SAME_EVENT_MS = 1500
const confidences: readonly Confidence[] = ['certain', 'likely', 'unknown']
const reasons: readonly string[] = [
  'quit',
  'replace',
  'hang',
  'startup-timeout',
  'parent-signal',
  'memory',
  'protocol',
  'crash',
] satisfies KillReason[]

export function evidenceOf(life: Life): Evidence {
  const {end, entries, dialect} = life
  const find = (event: string) => entries.findLast((entry) => entry.event === event)
  const exit = end?.event === 'exit' ? end : undefined
  const failed = end?.event === 'spawn-failed' ? end : undefined
  const spawn = find('spawn')
  const stderrTail = exit?.fields.get('stderrTail')?.split(' ↵ ') ?? []
  const ofProgram = (entry: LogEntry) => entry.dialect === 'hermes' && entry.writer !== 'gateway'
  const errors = entries.filter((entry) => entry.event === 'uncaught')
  // The first is the cause of what followed it.
  const programError = errors.find(ofProgram)
  const words = entries.filter((entry) => entry.writer === 'gateway' && isLastWord(entry))
  const said = firstWords(stderrTail)
  const word = words[0]?.event === 'fault' ? words[1] : words[0]
  const fault = words.find(({event}) => event === 'fault')
  const signalOf = (entry: LogEntry) => entry.fields.get('signal') ?? ''
  const programSignal = life.programSignals.findLast(
    (entry) => entry.event === 'signal' && (end === undefined || entry.time - end.time < SAME_EVENT_MS),
  )
  const message = failed?.fields.get('message') ?? ''
  return {
    who: life.who,
    dialect,
    end,
    spawnFailed: failed && {errno: failed.fields.get('errno') ?? /\b(E[A-Z0-9]{3,})\b/.exec(message)?.[1], message},
    code: numberOf(exit?.fields.get('code')),
    signal: signalNamed(exit?.fields.get('signal')),
    recordedCause: exit?.fields.get('cause'),
    recordedConfidence: confidences.find((each) => each === exit?.fields.get('confidence')),
    intent: intentOf(entries),
    hang: find('hang'),
    startupTimeout: find('startup-timeout'),
    breach: breachOf(find('transport-end') ?? find('protocol-error')),
    ready: find('ready') !== undefined,
    ownSignal:
      word?.event === 'signal-received'
        ? {signal: signalOf(word), entry: word}
        : !word && said?.signal !== undefined
          ? {signal: said.signal, entry: undefined}
          : undefined,
    ownReason: word?.event === 'gateway-exit' ? {reason: word.fields.get('reason') ?? '', entry: word} : undefined,
    ownError: word?.event === 'uncaught' ? {...errorOf(word), entry: word} : undefined,
    ownFault: fault && {message: fault.fields.get('message') ?? '', place: placeOfFault(fault.body), entry: fault},
    disconnected: end?.event === 'connection-lost' ? end : undefined,
    programError: programError && {
      ...errorOf(programError),
      screen: programError.fields.get('origin') === 'screen',
      entry: programError,
    },
    programSignal: programSignal && {signal: signalOf(programSignal), entry: programSignal},
    memoryCritical:
      find('memory-critical') ?? life.programSignals.findLast((entry) => entry.event === 'memory-critical'),
    parentError: life.programSignals.find(({event}) => event === 'parent-error'),
    alone: entries.every(({writer}) => writer === 'gateway'),
    vanished: find('vanished'),
    stderrTail,
    command: commandOf(spawn, dialect),
    cwd: spawn?.fields.get('cwd') ?? '',
    ambiguous: life.ambiguous,
    kernelKill: undefined,
  }
}

/** The reference tells the program alone, whose path may hold spaces, and it is always Python. */
function commandOf(spawn: LogEntry | undefined, dialect: Life['dialect']): string[] {
  const told = spawn?.fields.get('command')
  return dialect === 'reference' ? [told ?? 'python3', '-m', 'tui_gateway.entry'] : (told ?? '').split(' ')
}

/** Why it was told to end, by the first record of it: later ones are the same intent with a stronger signal. */
function intentOf(entries: readonly LogEntry[]): Evidence['intent'] {
  const entry = entries.find(({event}) => event === 'kill')
  const reason = entry?.fields.get('reason')
  if (!entry || reason === undefined) return undefined
  if (entry.dialect === 'hermes') {
    const known = reasons.includes(reason) ? (reason as KillReason) : undefined
    return known && {reason: known, entry}
  }
  if (reason.startsWith('app.die')) return {reason: 'quit', entry}
  return {reason: reason === 'graceful-exit-cleanup' ? 'parent-signal' : 'replace', entry}
}

function breachOf(entry: LogEntry | undefined): Evidence['breach'] {
  if (!entry) return undefined
  const closed = 'it had closed its output and lived on'
  return {
    says: entry.event === 'transport-end' ? closed : (entry.fields.get('detail') ?? 'it broke the protocol'),
    entry,
  }
}

function errorOf(entry: LogEntry): {name: string; text: string} {
  const last = lastOfTraceback(entry.body)
  const name = entry.fields.get('name') ?? last?.name ?? 'Error'
  // As the gateway says it on stderr, and so on the screen: without the module.
  const text = last?.text.replace(/^(?:\w+\.)+(?=\w+(?::|$))/, '')
  return {name, text: entry.fields.get('message') ?? text ?? name}
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null
}

function signalNamed(text: string | undefined): NodeJS.Signals | null {
  return text !== undefined && /^SIG[A-Z0-9]+$/.test(text) ? (text as NodeJS.Signals) : null
}
