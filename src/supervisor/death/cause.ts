import {gatewayExitCodes} from '../../errors.js'
import type {KillReason} from '../../lifecycle/events.js'
import {createRedactor} from '../../redact/index.js'
import {lostConnection} from './connection.js'
import {causeOfReason, faultIn, firstWords, isPassing} from './last-words.js'
import {type GatewayProgram, gatewayProgram} from './program.js'
import {isPython, pythonLoadFailure} from './python.js'
import {windowsStatus} from './windows-status.js'

/** Characters of what a gateway said that a summary has. */
const MAX_SAID = 200

/** All that is known when a gateway has ended or could not be started. */
export interface DeathFacts {
  command: readonly string[]
  cwd: string
  /** Set when there never was a process. */
  spawnError: {errno: string | undefined; message: string; cwdMissing: boolean} | undefined
  code: number | null
  signal: NodeJS.Signals | null
  /** Why it was told to end, if that was recorded before it ended. `evidence` is a hang's: stopped or unresponsive. */
  intent: {reason: KillReason; evidence?: string} | undefined
  /** `gateway.ready` was received. */
  ready: boolean
  /** Last lines, oldest first. */
  stderrTail: readonly string[]
  /** OOM kills in this cgroup when it died; undefined where the system does not count. */
  oomKills: number | undefined
}

/**
 * How sure a cause is. `certain`: recorded before the act, or two witnesses that don't know of each
 * other agree. `likely`: one witness. `unknown`: what happened is seen, its reason left no trace.
 */
export type Confidence = 'certain' | 'likely' | 'unknown'

export interface DeathVerdict {
  cause: string
  /** One line for people, without a full stop. */
  summary: string
  /** False when a retry can't cure it. */
  retriable: boolean
  remedy: string | undefined
  confidence: Confidence
}

type Verdict = Omit<DeathVerdict, 'confidence'>

/** A fault in native code. */
export const CRASH_SIGNALS: readonly string[] = [
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGABRT',
  'SIGSYS',
]

/**
 * Names the cause of a death. The order matters: what we did ourselves comes first, then what leaves
 * a witness of its own, and only then the bare exit status.
 */
export function classifyDeath(facts: DeathFacts): DeathVerdict {
  const verdict =
    ofSpawn(facts) ??
    ofIntent(facts) ??
    ofOwnWords(facts) ??
    ofUnseen(facts) ??
    ofSignal(facts) ??
    ofReservedCode(facts) ??
    ofExit(facts.code ?? 0, facts)
  return {...verdict, confidence: confidenceOf(verdict.cause, facts)}
}

function confidenceOf(cause: string, facts: DeathFacts): Confidence {
  if (facts.spawnError || facts.intent) return 'certain'
  if (cause === 'unseen-end') return 'unknown'
  if (cause === 'kernel-oom' || cause === 'external-sigkill') return 'likely'
  // A program that says which signal it got, and ends by it, leaves two witnesses.
  if (cause.startsWith('external-')) return firstWords(facts.stderrTail)?.signal === undefined ? 'likely' : 'certain'
  // Python's own word of it, beside the signal.
  if (cause.startsWith('native-crash:') && faultIn(facts.stderrTail)) return 'certain'
  return confidenceOfStatus(cause, lastSaid(facts.stderrTail) !== undefined)
}

/** Of a bare exit status. A code of ours is a statement; any other one says that it ended and not why. */
export function confidenceOfStatus(cause: string, said: boolean): Confidence {
  if (/^(?:exit-code|silent-exit)/.test(cause)) return said ? 'likely' : 'unknown'
  if (
    cause.startsWith('native-crash:') ||
    /^(?:std(?:in|out)-closed|console-closed|system-memory|windows:)/.test(cause)
  ) {
    return 'likely'
  }
  return cause.startsWith('uncaught:') && !said ? 'likely' : 'certain'
}

const outOfMemory: Verdict = {
  cause: 'kernel-oom',
  summary: 'killed by the kernel: out of memory',
  retriable: true,
  remedy: 'Give it more memory, or run fewer programs beside it.',
}

function ofSpawn({spawnError, command, cwd}: DeathFacts): Verdict | undefined {
  if (!spawnError) return undefined
  const program = command[0] ?? ''
  const errno = spawnError.errno ?? 'unknown'
  const cause = `spawn-failed:${errno}`
  if (spawnError.cwdMissing) {
    return fatal(
      cause,
      `could not be started: its working directory does not exist: ${cwd}`,
      'Create the directory or start hermes in another one.',
    )
  }
  if (errno === 'ENOENT') {
    return fatal(
      cause,
      `could not be started: command not found: ${program}`,
      `Install it, or correct \`gateway.command\`${isPython(program) ? ' or HERMES_PYTHON' : ''}.`,
    )
  }
  if (errno === 'EACCES' || errno === 'EPERM' || errno === 'ENOEXEC') {
    return fatal(
      cause,
      `could not be started: not an executable program: ${program}`,
      `Check its permissions (chmod +x ${program}), or correct \`gateway.command\`.`,
    )
  }
  if (errno === 'E2BIG') return fatal(cause, 'could not be started: its arguments and environment are too long')
  const remedies: Record<string, string> = {
    EMFILE: 'Too many files are open: raise `ulimit -n` or close other programs.',
    ENFILE: 'The system has too many open files: close other programs.',
    EAGAIN: 'The limit of processes is reached: raise `ulimit -u` or end other programs.',
    ENOMEM: 'The system is out of memory: end other programs.',
  }
  return retriable(cause, `could not be started: ${spawnError.message}`, remedies[errno])
}

function ofIntent({intent, code, signal}: DeathFacts): Verdict | undefined {
  if (!intent) return undefined
  switch (intent.reason) {
    case 'hang':
      return retriable(
        `hang:${intent.evidence ?? 'unresponsive'}`,
        intent.evidence === 'stopped' ? 'was stopped and did not answer' : 'stopped answering',
        'If the machine was only slow, raise `gateway.heartbeatMisses`.',
      )
    case 'startup-timeout':
      return retriable(
        'start-timeout',
        'did not get ready in time',
        'Raise `gateway.startupTimeoutMs` if it is only slow; its last output is in the crash log.',
      )
    case 'protocol':
      return retriable('protocol-violation', 'broke the protocol')
    default:
      return retriable(`intentional:${intent.reason}`, signal ? `ended by ${signal}` : `exited with code ${code}`)
  }
}

/**
 * The Python gateway turns SIGTERM and SIGHUP into exit code 0, or 1 where it could not say so for a broken pipe.
 * Why it ends, and by what error, it says on stderr, before the traceback.
 */
function ofOwnWords(facts: DeathFacts): Verdict | undefined {
  const {code, stderrTail} = facts
  const crashed = facts.signal !== null && CRASH_SIGNALS.includes(facts.signal)
  if (code !== 0 && code !== 1 && !crashed) return undefined
  const {signal, reason, error} = firstWords(stderrTail) ?? {}
  if (crashed && !error) return undefined
  if (signal !== undefined) return ofOutside(signal)
  const cause = reason === undefined ? undefined : causeOfReason(reason)
  if (cause !== undefined && cause !== 'silent-exit-0') return retriable(cause, shorten(`ended by itself: ${reason}`))
  if (error === undefined || code === 0 || pythonLoadFailure(facts)) return undefined
  const remedy = error.name === 'MemoryError' ? 'Give it more memory, or work in shorter sessions.' : undefined
  // A Python that is out of memory aborts on its way out: the error came first.
  const how = crashed ? `crashed with ${facts.signal} after an error` : `exited with code ${code}`
  return retriable(`uncaught:${error.name}`, shorten(`${how}: ${error.text}`), remedy)
}

function ofSignal(facts: DeathFacts): Verdict | undefined {
  const {signal, stderrTail, oomKills} = facts
  if (!signal) return undefined
  if (signal === 'SIGABRT' && stderrTail.some((line) => /heap out of memory/i.test(line))) {
    return retriable(
      'js-heap-oom',
      'ran out of JavaScript heap memory',
      'Raise the heap limit (NODE_OPTIONS=--max-old-space-size=…) or work in shorter sessions.',
    )
  }
  if (signal === 'SIGKILL') {
    if (oomKills !== undefined && oomKills > 0) return outOfMemory
    return retriable(
      'external-sigkill',
      'killed by SIGKILL',
      'Look for who sends SIGKILL: a script, a container or session manager, `kill -9` by hand.',
    )
  }
  if (!CRASH_SIGNALS.includes(signal)) return ofOutside(signal)
  const fault = faultIn(stderrTail)
  const what = fault?.place ? ` in ${fault.place}` : fault ? `: ${fault.message}` : ''
  return retriable(`native-crash:${signal}`, shorten(`crashed with ${signal}${what}`), afterCrash(facts.command))
}

/** What can be done about a crash in native code, by what runs it. */
function afterCrash(command: readonly string[]): string {
  switch (gatewayProgram(command).language) {
    case 'node':
      return 'Update Node and native plugins; a core file tells where it crashed.'
    case 'python':
      return 'Update Python and the packages of it that hold native code; with PYTHONFAULTHANDLER=1 it says where it crashed.'
    default:
      return 'A core file tells where it crashed.'
  }
}

/** Of a process that was no child of ours, and left no word. */
function ofUnseen({code, signal, oomKills}: DeathFacts): Verdict | undefined {
  if (code !== null || signal !== null) return undefined
  if (oomKills !== undefined && oomKills > 0) return outOfMemory
  return retriable(
    'unseen-end',
    'ended without a word: killed by SIGKILL, or crashed',
    'Look for who sends SIGKILL: a script, a container or session manager, `kill -9` by hand.',
  )
}

function ofOutside(signal: string): Verdict {
  return retriable(
    `external-${signal}`,
    `ended by ${signal} from outside`,
    `Look for who sends ${signal}: a script, a session manager, \`kill\` by hand.`,
  )
}

/** Codes that say something: by who ended with them. */
function ofReservedCode(facts: DeathFacts): Verdict | undefined {
  const {code, command, stderrTail} = facts
  const {language} = gatewayProgram(command)
  const last = lastSaid(stderrTail)
  const because = last ? `: ${last}` : ''
  const status = code === null ? undefined : windowsStatus(code)
  if (status?.cause.startsWith('native-crash:')) return {...status, remedy: afterCrash(command)}
  if (status) return status
  if (language === 'node') {
    if (code === 9) {
      const remedy = 'Check NODE_OPTIONS and the flags in `gateway.command`.'
      return fatal('bad-launch', `refused its own command line${because}`, remedy)
    }
    if (code === 7) return retriable('exit-code:7', `failed while handling an error${because}`)
    if (code === 13) return retriable('exit-code:13', 'ended with unfinished work')
  }
  // Python knows none of these; what a program in it means by one is its own.
  return language === 'python' ? undefined : ofGatewayCode(facts, because)
}

function ofGatewayCode({code}: DeathFacts, because: string): Verdict | undefined {
  switch (code) {
    case gatewayExitCodes.memoryCritical:
      return retriable('memory-critical', 'ended itself: its memory was nearly full')
    case gatewayExitCodes.watchdog:
      return retriable('self-watchdog', 'ended itself: it was stuck')
    case gatewayExitCodes.orphaned:
      return retriable('orphaned', 'ended itself: its connection was gone')
    case gatewayExitCodes.protocol:
      return retriable('protocol', `gave up on the connection${because}`)
    case gatewayExitCodes.store:
      return fatal('store-error', `could not use the session database${because}`, 'Run `hermes doctor`.')
    case gatewayExitCodes.config:
      return fatal('config-error', `found an error in its configuration${because}`, 'Run `hermes config`.')
    case gatewayExitCodes.usage:
      return fatal(
        'usage-error',
        `refused its arguments${because}`,
        'Correct `gateway.command`; run `hermes doctor` if you did not set it.',
      )
  }
  if (code !== null && code > 64 && code < 78) {
    return fatal(
      `exit-code:${code}`,
      `exited with code ${code}${because}`,
      'A retry does not help; see its last output.',
    )
  }
  return undefined
}

function ofExit(code: number, facts: DeathFacts): Verdict {
  const {stderrTail} = facts
  const gone = code === 0 ? undefined : missingProgram(stderrTail)
  if (gone !== undefined) {
    return retriable(
      'program-missing',
      `hermes itself is no longer installed: there is no ${gone}`,
      'Install hermes again where it was, or leave and start the other one; what is stored stays.',
    )
  }
  const lost = lostConnection(facts)
  if (lost) return lost
  const unloaded = pythonLoadFailure(facts)
  if (unloaded) return fatal(unloaded.cause, unloaded.summary, unloaded.remedy)
  const thrown = code === 0 ? undefined : lastThrown(stderrTail)
  if (thrown) return retriable(`uncaught:${thrown.name}`, `exited with code ${code}: ${thrown.text}`)
  const last = lastSaid(stderrTail)
  const because = last ? `: ${last}` : ''
  if (code === 0) return retriable('silent-exit-0', `exited with code 0 though nobody asked it to${because}`)
  return retriable(`exit-code:${code}`, `exited with code ${code}${hiddenSignal(code, facts)}${because}`)
}

/** A shell says by 137 that SIGKILL ended what it ran; it can be any program's own code as well. */
function hiddenSignal(code: number, {command}: DeathFacts): string {
  const {wrapper}: GatewayProgram = gatewayProgram(command)
  const name = code > 128 && code < 160 ? signalNames[code - 128] : undefined
  return wrapper === undefined || name === undefined ? '' : `, by which ${wrapper} says that ${name} ended what it ran`
}

const signalNames: Readonly<Record<number, NodeJS.Signals>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
}

/** A file of the built-in gateway that Node did not find: hermes was uninstalled, or is being updated. */
function missingProgram(tail: readonly string[]): string | undefined {
  const ours =
    /(?:Cannot find module|no such file or directory, open) '([^']*[\\/]dist[\\/](?:gateway[\\/]main|chunks[\\/]gateway-[\w-]+)\.js)'/
  for (const line of tail) {
    const found = ours.exec(line)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}

/** The error that ended a Node or a Python program, from what its runtime prints. */
function lastThrown(tail: readonly string[]): {name: string; text: string} | undefined {
  const match = lastMatch(
    tail,
    /^(?:Uncaught )?((?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*)?(?:Error|Exception|Exit))(?: \[[A-Z_]+\])?(?::\s*(.*))?$/,
  )
  const name = match?.[1]?.split('.').at(-1)
  if (!name) return undefined
  return {name, text: shorten(match?.[2] ? `${name}: ${match[2]}` : name)}
}

/** The last line that says something: not blank, no stack frame, not Node's version line. */
export function lastSaid(tail: readonly string[]): string | undefined {
  const line = withoutMembers(tail).findLast(
    (each) => each.trim() !== '' && !/^\s+at |^Node\.js v|^\s*\^+\s*$/.test(each) && !isPassing(each),
  )
  return line === undefined ? undefined : shorten(line.trim())
}

/** Behind an error Node prints its members between braces; the lines before them say what it is. */
function withoutMembers(tail: readonly string[]): readonly string[] {
  const end = tail.lastIndexOf('}')
  const start = tail.findLastIndex((line, index) => index < end && /^(\S.*|\s+at .*) \{$/.test(line))
  if (start === -1) return tail
  const head = tail[start]?.replace(/ \{$/, '') ?? ''
  return [...tail.slice(0, start), head, ...tail.slice(end + 1)]
}

function lastMatch(lines: readonly string[], pattern: RegExp): RegExpMatchArray | undefined {
  for (let i = lines.length - 1; i >= 0; i--) {
    const match = lines[i]?.match(pattern)
    if (match) return match
  }
  return undefined
}

/** What a gateway said is shown and kept, and may hold a secret. */
function shorten(text: string): string {
  const safe = createRedactor()(text)
  return safe.length > MAX_SAID ? `${safe.slice(0, MAX_SAID - 1)}…` : safe
}

function retriable(cause: string, summary: string, remedy?: string): Verdict {
  return {cause, summary, retriable: true, remedy}
}

function fatal(cause: string, summary: string, remedy?: string): Verdict {
  return {cause, summary, retriable: false, remedy}
}
