import {createHash} from 'node:crypto'
import type {KernelKill} from '../kernel-log.js'
import type {LogEntry} from '../log/entry.js'
import {readCrashLog} from '../log/read-log.js'
import {adviceOf, lostOf} from './consequences.js'
import {evidenceOf} from './evidence.js'
import {explain} from './explain.js'
import {isLastWord} from './gateway-records.js'
import {Lives} from './lives.js'
import {redactedLife} from './redacted-life.js'
import type {Death, FoundDeaths, Life} from './types.js'

export interface DeathsOptions {
  /** Only those from this time on, UTC epoch milliseconds. */
  since?: number
  /** Only those of this session: its key, or how it begins. */
  session?: string
  /** Only the latest; default all. */
  limit?: number
  /** Whether the gateway of that pid, started at that time, still lives. */
  isAlive: (pid: number, startedAt: number) => boolean
  /** Takes secrets out of what others wrote, who leave them in. Default none. */
  redact?: (text: string) => string
  /** What the kernel's own log says; asked for at a death by SIGKILL only. Default none. */
  kernelKills?: () => readonly KernelKill[]
}

const MAX_PLUGIN_ERRORS = 1000

/** Reads the crash log and says what died, of what, and what became of it. Never throws. */
export function findDeaths(file: string, options: DeathsOptions): FoundDeaths {
  const lives = new Lives()
  const pluginErrors: LogEntry[] = []
  const statistics = readCrashLog(file, (entry) => {
    if (entry.event === 'plugin-error' && entry.dialect === 'hermes') {
      if (pluginErrors.length >= MAX_PLUGIN_ERRORS) pluginErrors.shift()
      pluginErrors.push(entry)
    }
    lives.take(entry)
  })
  const {ended, unended} = lives.finish(options.isAlive)
  const candidates = [...ended, ...unended.map(vanished)]
    .flatMap((life) => (life.end ? [{life, time: life.diedAt ?? life.end.time}] : []))
    .filter(({time}) => options.since === undefined || time >= options.since)
    .filter(({life}) => options.session === undefined || sessionOf(life)?.startsWith(options.session))
    .sort((a, b) => a.time - b.time)
  // Only what is shown is explained: a log of 50 MB can hold 80 000 deaths.
  const wanted = options.limit ?? candidates.length
  const deaths: Death[] = []
  let meant = 0
  for (const {life} of candidates.toReversed()) {
    if (deaths.length >= wanted) break
    const death = deathOf(life, options)
    if (death) deaths.push(death)
    else meant += 1
  }
  return {deaths: deaths.reverse(), total: candidates.length - meant, statistics, pluginErrors}
}

/** A gateway without an end that does not live: whoever would have recorded it is gone too. */
function vanished(life: Life): Life {
  const said = life.entries.find((entry) => !entry.exact && isLastWord(entry))
  return {...life, who: 'program', end: life.dialect === 'reference' && said ? said : life.entries.at(-1)}
}

/** Undefined where the end was meant. */
function deathOf(raw: Life, {kernelKills = () => [], redact}: DeathsOptions): Death | undefined {
  if (!raw.end) return undefined
  const id = idOf(raw, raw.end)
  const life = redact ? redactedLife(raw, redact) : raw
  const {end = raw.end} = life
  const own = evidenceOf(life)
  const suspect = own.vanished || own.signal === 'SIGKILL'
  const evidence = {...own, kernelKill: suspect ? kernelKillOf(life, end, kernelKills()) : undefined}
  const explanation = explain(ofProgramToo(evidence))
  const {cause, confidence, summary, witnesses, remedy} = explanation
  if (cause.startsWith('intentional:')) return undefined
  const who = endsProgram.has(cause) ? 'program' : life.who
  const timeline = [...life.entries, ...life.after.filter((entry) => !life.entries.includes(entry))]
  return {
    id,
    who,
    time: life.diedAt ?? end.time,
    exact: end.exact,
    instance: life.instance,
    generation: life.generation,
    pid: life.pid,
    sessionKey: sessionOf(life),
    cause,
    confidence,
    summary,
    witnesses,
    lost: lostOf(life, evidence),
    back: life.back,
    advice: adviceOf(life, remedy, evidence),
    timeline,
  }
}

/** Causes of the program's death, of which its gateway died too. */
const endsProgram: ReadonlySet<string> = new Set([
  'terminal-hangup',
  'supervisor-term',
  'screen-crash',
  'program-crash',
])

/** A gateway that was ended because the program was told to end is the program's death. */
function ofProgramToo(evidence: ReturnType<typeof evidenceOf>): ReturnType<typeof evidenceOf> {
  const {intent, programSignal, programError} = evidence
  if (programError) return {...evidence, who: 'program'}
  if (intent?.reason !== 'parent-signal' && intent?.reason !== 'memory') return evidence
  if (intent.reason === 'memory') return {...evidence, who: 'program', memoryCritical: intent.entry}
  return programSignal ? {...evidence, who: 'program'} : evidence
}

/** The two clocks differ by what the machine slept, and the kernel is slow to tell under pressure. */
const KERNEL_CLOCK_MS = 60_000

function kernelKillOf({pid, diedAt}: Life, end: LogEntry, kills: readonly KernelKill[]): KernelKill | undefined {
  // Of the program itself the next run wrote, any time later.
  const program = end.event === 'vanished'
  const victim = program ? Number(end.fields.get('runPid')) : pid
  const at = diedAt ?? end.time
  const from = at - KERNEL_CLOCK_MS
  const until = Math.max(at, end.time) + KERNEL_CLOCK_MS
  return kills.find((kill) => kill.pid === victim && kill.time > from && kill.time < until)
}

function sessionOf(life: Life): string | undefined {
  const key = life.entries.findLast(({fields}) => (fields.get('session') ?? 'none') !== 'none')?.fields.get('session')
  return key ?? undefined
}

function idOf(life: Life, end: LogEntry): string {
  if (life.dialect === 'hermes') return `${life.instance}-${life.generation}`
  const digest = createHash('sha256').update(`${end.text} ${life.pid} ${end.line}`).digest('hex')
  return `ref-${digest.slice(0, 8)}`
}
