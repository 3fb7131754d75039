import {CRASH_SIGNALS, classifyDeath, type DeathFacts, lastSaid} from '../../supervisor/death/cause.js'
import {causeOfReason, faultIn} from '../../supervisor/death/last-words.js'
import type {LogEntry} from '../log/entry.js'
import {bytesText} from '../text.js'
import type {Evidence} from './evidence.js'
import type {Confidence, Witness} from './types.js'

export interface Explanation {
  cause: string
  confidence: Confidence
  /** One line for people, without a full stop. */
  summary: string
  remedy: string | undefined
  witnesses: Witness[]
}

type Verdict = Pick<Explanation, 'cause' | 'confidence'> &
  Partial<Pick<Explanation, 'summary' | 'remedy' | 'witnesses'>>

interface Rule {
  /** What the row looks for, in the order of the crash forensics. */
  name: string
  of: (evidence: Evidence) => Verdict | undefined
}

/**
 * The causes in the order in which they are decided: what was never started, what we did ourselves,
 * what leaves a witness of its own, and only then the bare exit status. The first row that finds
 * something decides. Names are those that the supervisor gives at run time.
 */
const rules: readonly Rule[] = [
  {
    name: 'the program itself ended: of memory, by a signal, or unseen',
    of: (e) => (e.who === 'program' ? ofProgram(e) : undefined),
  },
  {
    name: 'no process was started',
    of: (e) =>
      e.spawnFailed && {
        cause: `spawn-failed:${e.spawnFailed.errno ?? 'unknown'}`,
        confidence: 'certain',
        summary: spawnSummary(e.spawnFailed.message),
        witnesses: [{says: 'the system refused to start it', entry: e.end}],
      },
  },
  {
    name: 'a gateway on a socket: its program wrote that it was cut off',
    of: (e) =>
      e.disconnected && {
        cause: 'connection-lost',
        confidence: 'certain',
        summary: `lost its connection: ${e.disconnected.fields.get('reason') ?? 'closed'}`,
        remedy: 'Look whether the machine of the gateway, and the network to it, are up.',
        witnesses: [{says: 'its socket was closed', entry: e.disconnected}],
      },
  },
  {
    name: 'we ended it, and wrote so before',
    of: (e) => {
      if (!e.intent) return undefined
      const cause = e.recordedCause ?? classifyDeath(factsOf(e)).cause
      const witnesses: Witness[] = [{says: `hermes ended it itself (${e.intent.reason})`, entry: e.intent.entry}]
      if (e.hang) witnesses.unshift({says: silenceText(e.hang), entry: e.hang})
      if (e.intent.reason === 'protocol' && e.breach) witnesses.unshift(e.breach)
      if (e.startupTimeout) witnesses.unshift({says: 'it was not ready in time', entry: e.startupTimeout})
      return {cause, confidence: 'certain', witnesses}
    },
  },
  {
    name: 'JavaScript heap: SIGABRT and its last words',
    of: (e) => {
      const said = e.stderrTail.find(heapIsFull)
      if (e.recordedCause !== 'js-heap-oom' && !(said && (e.signal === 'SIGABRT' || e.code === 134))) return undefined
      return {
        cause: 'js-heap-oom',
        // Through a shell the signal is a number, and 134 can be any program's own.
        confidence: e.signal === 'SIGABRT' ? 'certain' : 'likely',
        witnesses: [{says: `it said: ${said ?? 'JavaScript heap out of memory'}`, entry: e.end}],
      }
    },
  },
  {
    name: 'SIGKILL by the kernel: its own log names the process',
    of: (e) =>
      e.signal === 'SIGKILL' && e.kernelKill !== undefined
        ? {
            cause: 'kernel-oom',
            confidence: 'certain',
            remedy: moreMemory(e.kernelKill),
            witnesses: [
              {says: 'it was ended by SIGKILL', entry: e.end},
              {says: `the kernel's log: ${e.kernelKill.line}`, entry: undefined},
            ],
          }
        : undefined,
  },
  {
    name: "SIGKILL by the kernel: the cgroup's counter grew when it died",
    of: (e) =>
      e.signal === 'SIGKILL' && e.recordedCause === 'kernel-oom'
        ? {
            cause: 'kernel-oom',
            confidence: 'likely',
            witnesses: [{says: "the kernel's count of out-of-memory kills grew in its cgroup", entry: e.end}],
          }
        : undefined,
  },
  {
    name: 'SIGKILL by anybody else',
    of: (e) =>
      e.signal === 'SIGKILL' && (e.recordedCause ?? 'external-sigkill') === 'external-sigkill'
        ? {
            cause: 'external-sigkill',
            // The reference does not look at the counter, so that it may have been the kernel as well.
            confidence: e.recordedCause ? 'likely' : 'unknown',
            remedy: e.recordedCause
              ? undefined
              : 'Look at `dmesg` for "Out of memory: Killed process"; else a script or a person sent it.',
            witnesses: [{says: 'it was ended by SIGKILL, and nobody here sent it', entry: e.end}],
          }
        : undefined,
  },
  {
    name: 'the terminal was closed: the program got SIGHUP too',
    of: (e) => {
      const signal = signalOf(e)
      if (e.programSignal?.signal !== 'SIGHUP' || (signal !== 'SIGHUP' && signal !== 'SIGTERM')) return undefined
      return {
        cause: 'terminal-hangup',
        confidence: 'certain',
        witnesses: [...signalWitness(e), {says: 'the terminal program got SIGHUP', entry: e.programSignal.entry}],
      }
    },
  },
  {
    name: 'a signal that it received, by its own words or by its exit',
    of: (e) => {
      const signal = signalOf(e)
      if (signal !== 'SIGTERM' && signal !== 'SIGHUP' && signal !== 'SIGINT') return undefined
      // A program that ends by the very signal that it says it received leaves two witnesses.
      const both = e.ownSignal !== undefined && (e.signal === signal || e.recordedCause === `external-${signal}`)
      return {
        cause: `external-${signal}`,
        confidence: e.ambiguous ? 'unknown' : both || e.ownSignal?.entry ? 'certain' : 'likely',
        witnesses: [...signalWitness(e), {says: 'no record of hermes having sent it', entry: undefined}],
      }
    },
  },
  {
    name: "the gateway's own record of an error",
    of: (e) =>
      e.ownError && endsByError(e)
        ? {
            cause: `uncaught:${e.ownError.name}`,
            confidence: e.ambiguous ? 'likely' : 'certain',
            summary: `${e.signal ? `crashed with ${e.signal} after an error` : `exited with code ${e.code ?? 1}`}: ${e.ownError.text}`,
            witnesses: [{says: `it wrote: ${e.ownError.text}`, entry: e.ownError.entry}],
          }
        : undefined,
  },
  {
    name: "the gateway's own record of why it ends",
    of: (e) =>
      e.ownReason && (e.code === 0 || e.code === 1)
        ? {
            cause: causeOfReason(e.ownReason.reason),
            confidence: e.ambiguous ? 'unknown' : 'likely',
            summary: `ended by itself: ${e.ownReason.reason}`,
            witnesses: [{says: `it wrote: ${e.ownReason.reason}`, entry: e.ownReason.entry}],
          }
        : undefined,
  },
  {
    name: 'the exit status, with the last words if there are any',
    of: (e) => {
      const known = classifyDeath(factsOf(e))
      const cause = e.recordedCause ?? known.cause
      // Of a signal nothing that was said before tells.
      const said = e.signal ? undefined : lastSaid(e.stderrTail)
      const witnesses: Witness[] = [{says: statusText(e), entry: e.end}]
      const fault = e.ownFault ?? faultIn(e.stderrTail)
      if (fault) witnesses.push({says: faultText(fault), entry: e.ownFault?.entry ?? e.end})
      if (e.ownReason) witnesses.push({says: `it wrote: ${e.ownReason.reason}`, entry: e.ownReason.entry})
      if (e.startupTimeout) witnesses.push({says: 'it had not been ready in time', entry: e.startupTimeout})
      if (said !== undefined) witnesses.push({says: `it said: ${said}`, entry: e.end})
      const place = e.ownFault?.place ?? e.ownFault?.message
      return {
        cause,
        confidence: e.ownFault ? 'certain' : known.confidence,
        ...(place !== undefined && {summary: `crashed with ${e.signal ?? `code ${e.code}`} in ${place}`}),
        ...(e.startupTimeout && !known.remedy && {remedy: lateRemedy}),
        witnesses,
      }
    },
  },
]

const lateRemedy =
  'It had not been ready in time: start it by hand in a shell, and see what it says; HERMES_TUI_STARTUP_TIMEOUT_MS gives the Python pair more time.'

/** An error of Python's main program ends it by 1; by another code it ended otherwise, later. */
function endsByError({ownError, code, signal}: Evidence): boolean {
  if (ownError?.entry.dialect !== 'reference') return true
  // On its way out it may crash.
  if (code === null) return signal === null || CRASH_SIGNALS.includes(signal)
  return [1, 120, 255].includes(code)
}

const faultText = ({message, place}: {message: string; place: string | undefined}) =>
  `Python wrote: ${message}${place === undefined ? '' : `, in ${place}`}`

/** Ours says `the gateway could not be started: …`, the reference what Node said. */
function spawnSummary(message: string): string {
  const text = message.replace(/^the gateway /, '')
  return text.startsWith('could not be started') ? text : `could not be started${text && `: ${text}`}`
}

/** Why a gateway or the program ended. Pure: what is not in the evidence does not count. */
export function explain(evidence: Evidence): Explanation {
  for (const rule of rules) {
    const verdict = rule.of(evidence)
    if (!verdict) continue
    const known = classifyDeath(factsOf(evidence, verdict.cause))
    const same = known.cause === verdict.cause
    // Only the kernel's log was not there to be read when the person was told.
    const told =
      verdict.cause === evidence.recordedCause && !evidence.kernelKill ? evidence.recordedConfidence : undefined
    return {
      ...verdict,
      confidence: told ?? verdict.confidence,
      summary: verdict.summary ?? texts[verdict.cause]?.summary ?? (same ? known.summary : `ended: ${verdict.cause}`),
      remedy: verdict.remedy ?? texts[verdict.cause]?.remedy ?? (same ? known.remedy : undefined),
      witnesses: verdict.witnesses ?? [],
    }
  }
  throw new Error('the last rule takes everything')
}

/** Only what the supervisor can't see: the end of the program that it is part of. */
const texts: Readonly<Record<string, {summary: string; remedy: string | undefined}>> = {
  'terminal-hangup': {
    summary: 'ended because the terminal or the connection to it was closed',
    remedy: 'Run hermes in tmux or screen to outlive a lost connection; `hermes chat --continue` goes on.',
  },
  'supervisor-term': {
    summary: 'ended because somebody sent SIGTERM to hermes itself',
    remedy: 'Look for who sends it: a shutdown, a session or container manager, a script.',
  },
  'parent-vanished': {
    summary: 'vanished without a word: killed, crashed, or the machine went down',
    remedy: '`hermes chat --continue` goes on; `dmesg` tells of an out-of-memory kill.',
  },
  'program-memory': {
    summary: 'ended itself: its memory was nearly full',
    remedy: 'Start it again with `hermes chat --continue`; shorter sessions need less.',
  },
  'external-sigkill': {summary: 'killed by SIGKILL from outside', remedy: undefined},
}

function ofProgram(e: Evidence): Verdict {
  const witnesses: Witness[] = e.end ? [{says: 'the last that was heard', entry: e.end}] : []
  if (e.memoryCritical) {
    const words = {says: 'it said that its memory was nearly full', entry: e.memoryCritical}
    return {cause: 'program-memory', confidence: 'certain', witnesses: [words]}
  }
  // Nobody can write to a terminal that is gone: what hung it up comes first.
  const isEcho = e.programError && e.programSignal && e.programSignal.entry.time <= e.programError.entry.time
  if (e.programError && !isEcho) {
    const {name, text, screen, entry} = e.programError
    return {
      cause: screen ? 'screen-crash' : 'program-crash',
      confidence: 'certain',
      summary: `${screen ? 'its screen crashed' : 'hermes itself crashed'}: ${name}: ${text}`,
      remedy: '`hermes chat --continue` goes on with the session; `hermes doctor --bundle` packs what a report needs.',
      witnesses: [{says: `it wrote: ${name}: ${text}`, entry}],
    }
  }
  if (e.intent?.reason === 'quit' || e.intent?.reason === 'replace') {
    const words = {says: 'hermes ended it itself', entry: e.intent.entry}
    return {cause: `intentional:${e.intent.reason}`, confidence: 'certain', witnesses: [words]}
  }
  if (e.programSignal?.signal === 'SIGINT') return {cause: 'intentional:quit', confidence: 'certain', witnesses}
  if (e.programSignal) {
    const cause = e.programSignal.signal === 'SIGHUP' ? 'terminal-hangup' : 'supervisor-term'
    const words = {says: `the terminal program got ${e.programSignal.signal}`, entry: e.programSignal.entry}
    return {cause, confidence: 'certain', witnesses: [words]}
  }
  if (e.vanished) return ofVanished(e, e.vanished)
  if (e.parentError && isLast(e.parentError, e)) return ofParentError(e.parentError)
  if (e.ownSignal?.entry) {
    // Both had the same terminal, and the reference's program did not come to write.
    const words = {
      says: `the gateway got ${e.ownSignal.signal}, and no program was left to see it`,
      entry: e.ownSignal.entry,
    }
    if (e.ownSignal.signal === 'SIGHUP') return {cause: 'terminal-hangup', confidence: 'likely', witnesses: [words]}
    const cause = 'supervisor-term'
    if (!e.alone) return {cause, confidence: 'likely', witnesses: [words]}
    const summary = `was ended by ${e.ownSignal.signal}, by whomever: the program itself wrote nothing`
    const remedy = 'Nothing is wrong where you had left hermes then: versions that write no log of their own end so.'
    return {cause, confidence: 'unknown', summary, remedy, witnesses: [words]}
  }
  if (e.ownReason) {
    const words = {says: `the gateway found its connection closed: ${e.ownReason.reason}`, entry: e.ownReason.entry}
    return {cause: 'parent-vanished', confidence: 'likely', witnesses: [words]}
  }
  return {cause: 'parent-vanished', confidence: 'unknown', witnesses}
}

/** Whether the program was not heard of after it. */
function isLast({time}: LogEntry, {end}: Evidence): boolean {
  return end !== undefined && Math.abs(end.time - time) <= PARENT_ERROR_MS
}

/** The reference goes on after an error; it is what it ended of where it was not heard of again. */
function ofParentError(entry: LogEntry): Verdict {
  const message = entry.fields.get('message') ?? ''
  const witnesses = [{says: `hermes itself wrote: ${message}`, entry}]
  if (/\bEIO\b/.test(message)) {
    const summary = `ended because its terminal was gone (${message})`
    return {cause: 'terminal-hangup', confidence: 'likely', summary, witnesses}
  }
  const remedy = '`hermes chat --continue` goes on with the session.'
  const summary = `hermes itself crashed: ${message}`
  return {cause: 'program-crash', confidence: 'likely', summary, remedy, witnesses}
}

/** That it vanished is certain; what the system kept of it says why, if anything does. */
function ofVanished(e: Evidence, entry: LogEntry): Verdict {
  const field = (name: string) => entry.fields.get(name)
  const witnesses: Witness[] = [{says: 'the next run found its run file, which a clean end removes', entry}]
  if (e.ownReason) witnesses.push({says: `its gateway wrote: ${e.ownReason.reason}`, entry: e.ownReason.entry})
  const rss = Number(field('rssBytes'))
  const seen = Number(field('lastSeen'))
  if (rss > 0 && seen > 0) {
    witnesses.push({
      says: `it used ${bytesText(rss)} at ${new Date(seen).toISOString()}, when that was last noted`,
      entry,
    })
  }
  const verdict = {cause: 'parent-vanished', confidence: 'certain', witnesses} as const
  if (e.kernelKill !== undefined) {
    witnesses.push({says: `the kernel's log: ${e.kernelKill.line}`, entry: undefined})
    return {...verdict, cause: 'kernel-oom', remedy: moreMemory(e.kernelKill)}
  }
  const report = field('report')
  if (report !== undefined) {
    const error = field('fatalError')
    witnesses.push({says: `Node wrote a report of its fatal error${error ? ` (${error})` : ''}: ${report}`, entry})
    if (error !== undefined && heapIsFull(error)) {
      const remedy = 'Raise the heap limit (NODE_OPTIONS=--max-old-space-size=…) or work in shorter sessions.'
      return {...verdict, summary: 'ran out of JavaScript heap memory', remedy}
    }
    return {...verdict, summary: 'crashed with a fatal error', remedy: `See why in ${report}`}
  }
  if (field('rebooted') === 'true') {
    witnesses.push({says: 'the system was started anew since', entry})
    const remedy = 'Nothing is wrong with it; `hermes chat --continue` goes on.'
    return {...verdict, summary: 'ended with the system, which was started anew', remedy}
  }
  const counted = field('oomKills')
  const kills = Number(counted ?? 0)
  if (kills > 0) {
    witnesses.push({says: `the kernel killed ${kills} for want of memory in its cgroup since it started`, entry})
    return {...verdict, summary: 'vanished without a word while the kernel killed for want of memory'}
  }
  if (counted !== undefined && field('rebooted') === 'false') {
    witnesses.push({says: 'the system went on, and the kernel killed nothing in its cgroup for want of memory', entry})
    const remedy =
      '`hermes chat --continue` goes on. Look for who sends SIGKILL: a script, a session manager, `kill -9` by hand.'
    return {...verdict, summary: 'vanished without a word: killed by SIGKILL, or crashed', remedy}
  }
  return verdict
}

/** From an error of the reference's program to the last that is heard of it. */
const PARENT_ERROR_MS = 5000

const heapIsFull = (text: string) => /heap out of memory/i.test(text)

function signalOf(e: Evidence): string | undefined {
  return (
    e.signal ??
    (e.code === 0 || (e.code === 1 && e.ownSignal?.entry) || e.recordedCause?.startsWith('external-SIG')
      ? e.ownSignal?.signal
      : undefined)
  )
}

/** With what it was doing, where that was seen, or why it was not. */
function silenceText({fields}: LogEntry): string {
  const silence = `no sign of life for ${fields.get('silentMs')} ms`
  const innermost = fields.get('stack')?.split(' ↵ ')[0]
  return innermost ? `${silence}, ${innermost}` : silence
}

function signalWitness(e: Evidence): Witness[] {
  const own: Witness[] = e.ownSignal
    ? [{says: `it said that it received ${e.ownSignal.signal}`, entry: e.ownSignal.entry ?? e.end}]
    : []
  return e.signal ? [...own, {says: `it was ended by ${e.signal}`, entry: e.end}] : own
}

function statusText(e: Evidence): string {
  if (e.signal) return `it was ended by ${e.signal}`
  return e.code === null ? 'how it ended was not recorded' : `it exited with code ${e.code}`
}

/** Undefined where the whole machine was full. */
function moreMemory({limitBytes}: {limitBytes?: number | undefined}): string | undefined {
  if (limitBytes === undefined) return undefined
  return `Its cgroup may use ${bytesText(limitBytes)}: raise that limit, or run fewer programs in it.`
}

/** The signal that a cause speaks of: an exit code may hide it. */
function signalIn(cause = ''): NodeJS.Signals | null {
  if (cause === 'js-heap-oom') return 'SIGABRT'
  if (cause === 'kernel-oom') return 'SIGKILL'
  return (/^external-(SIG[A-Z0-9]+)$/.exec(cause)?.[1] ?? null) as NodeJS.Signals | null
}

/** The same facts as at run time. What only the supervisor saw is taken from the cause that it recorded. */
function factsOf(e: Evidence, cause = e.recordedCause): DeathFacts {
  const evidence = /^hang:(.+)$/.exec(cause ?? '')?.[1]
  const heap = cause === 'js-heap-oom' ? ['JavaScript heap out of memory'] : []
  return {
    command: e.command,
    cwd: e.cwd,
    spawnError: e.spawnFailed && {...e.spawnFailed, cwdMissing: /working directory/.test(e.spawnFailed.message)},
    code: e.code,
    signal: e.signal ?? signalIn(cause),
    intent: e.intent && {reason: e.intent.reason, ...(evidence === undefined ? {} : {evidence})},
    ready: e.ready,
    stderrTail: [...e.stderrTail, ...heap],
    oomKills: cause === 'kernel-oom' ? 1 : undefined,
  }
}
