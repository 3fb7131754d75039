import path from 'node:path'
import type {Config} from '../config/index.js'
import {enableFatalReports, findFatalReport} from '../crash-log/index.js'
import type {LifecycleDetails} from '../lifecycle/events.js'
import {bootId, homeFiles} from '../platform.js'
import {capabilities} from '../protocol/capabilities.js'
import {type OomCounter, readOomCounter} from '../supervisor/death/oom.js'
import type {Supervisor} from '../supervisor/types.js'
import {guardMemory, type MemoryGuard} from './memory/guard.js'
import type {MemorySample, MemoryVerdict} from './memory/policy.js'
import {createRunFile, type RunFile, type RunState, takeVanishedRuns} from './run-file.js'
import {noteUsed, runsWith, sessionsOf} from './used-sessions.js'

/** What is not needed for the first frame waits for it. */
const BEGIN_AFTER_MS = 100

/** The last sample of the memory is on disk at least this often; at once while it is nearly full. */
const SAMPLE_TO_DISK_MS = 10_000

export interface WatchOptions {
  config: Config
  /** `$HERMES_HOME`. */
  home: string
  instance: string
  supervisor: Pick<Supervisor, 'view' | 'on'>
  record: (details: LifecycleDetails) => unknown
  notify: (text: string) => void
}

export interface Watch {
  /** Resolves when memory is nearly full and hermes must end in order; the record of it is written. */
  readonly memoryCritical: Promise<void>
  /** The run ends in order. */
  close(): void
}

/** Watches over the chat's own process: its memory, errors that nothing catches, and runs that vanished before. */
export function openWatch(options: WatchOptions): Watch {
  const {config, home, instance, supervisor, record, notify} = options
  const {runs, usedSessions, crashLog} = homeFiles(home)
  const reports = path.dirname(config['log.path'] ?? crashLog)
  const critical = Promise.withResolvers<void>()
  let guard: MemoryGuard | undefined
  let runFile: RunFile | undefined
  let sampledAt = 0
  let sessionKey: string | undefined
  const toldOthers = new Set<string>()

  const where = () => {
    const {generation, pid, session} = supervisor.view
    return {generation, pid, sessionKey: session?.key}
  }
  const uncaught = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => {
    const {name, message, stack} = error instanceof Error ? error : new Error(String(error))
    const kind = origin === 'unhandledRejection' ? 'rejection' : 'exception'
    record({type: 'uncaught', ...where(), origin: kind, name, message, stack})
    // With that, this run did not end without a word.
    runFile?.remove()
  }
  const memoryRecord = (
    type: 'memory-warning' | 'memory-critical',
    {limit, limitBytes, usedBytes}: MemoryVerdict,
    {rssBytes, heapBytes}: MemorySample,
  ) => record({type, ...where(), limit, limitBytes, usedBytes, rssBytes, heapBytes})

  function keepSample(sample: MemorySample, {level}: MemoryVerdict): void {
    const now = performance.now()
    if (level === 'fine' && sampledAt > 0 && now - sampledAt < SAMPLE_TO_DISK_MS) return
    sampledAt = now
    runFile?.update({memory: {rssBytes: sample.rssBytes, heapBytes: sample.heapBytes}})
  }

  function begin(): void {
    if (config['log.enabled']) enableFatalReports(reports)
    const oom = readOomCounter()
    const vanished = takeVanishedRuns(runs)
    for (const run of vanished) record(vanishedRecord(run, oom, reports))
    noteUsed(usedSessions, sessionsOf(vanished))
    const last = vanished.at(-1)
    if (last) {
      const session = last.sessionKey ? ` (session ${last.sessionKey})` : ''
      whenOpened(() =>
        notify(`an earlier run of hermes${session} ended without a word: hermes doctor crashes looks into it`),
      )
    }
    runFile = createRunFile({directory: runs, instance, oom})
    follow()
    guard = guardMemory({
      policy: {warnPercent: config['memory.warnPercent'], criticalPercent: config['memory.criticalPercent']},
      onSample: keepSample,
      onWarning: (verdict, sample) => {
        memoryRecord('memory-warning', verdict, sample)
        notify(`${memoryText(verdict, sample)}: leave by /quit and come back with hermes chat -c`)
      },
      onCritical: (verdict, sample) => {
        memoryRecord('memory-critical', verdict, sample)
        critical.resolve()
      },
    })
  }

  /** Below a transcript that is resumed: above it nobody would see the line. At the latest when no session comes. */
  function whenOpened(tell: () => void): void {
    const attempt = () => {
      const {session, problem, phase} = supervisor.view
      if (!session && !problem && phase !== 'exhausted') return
      unlisten()
      // The screen hears of the session after us.
      setImmediate(tell)
    }
    const unlisten = supervisor.on('view', attempt)
    attempt()
  }

  function follow(): void {
    const {generation, pid, session} = supervisor.view
    const opened = session?.key !== undefined && session.key !== sessionKey
    if (session?.key) sessionKey = session.key
    runFile?.update({gateway: {generation, pid}, ...(session?.key && {sessionKey: session.key})})
    // What is on screen of it comes first.
    if (opened) setImmediate(tellOthers)
  }

  /** A gateway that lets a session be open twice says nothing of it: neither chat sees what the other one does. */
  function tellOthers(): void {
    const offered = supervisor.view.capabilities
    // These refuse it. One of an agent has no standby.
    if (sessionKey === undefined || offered.has(capabilities.standby) || offered.has(capabilities.detach)) return
    for (const {instance: other, pid, startedAt} of runsWith(runs, sessionKey, instance)) {
      const known = `${sessionKey} ${other}`
      if (toldOthers.has(known)) continue
      toldOthers.add(known)
      const since = new Date(startedAt).toTimeString().slice(0, 5)
      const text = `this session is open in another hermes too (pid ${pid}, since ${since})`
      notify(`${text}: neither shows what is said in the other, and both are stored · /new begins another`)
    }
  }

  // It is told before Node prints the error and ends the process; nothing of that changes.
  process.on('uncaughtExceptionMonitor', uncaught)
  const unsubscribe = [
    supervisor.on('view', follow),
    // The other one may have come later.
    supervisor.on('event', ({type}) => {
      if (type === 'message.start') tellOthers()
    }),
  ]
  const timer = setTimeout(begin, BEGIN_AFTER_MS)
  timer.unref()
  return {
    memoryCritical: critical.promise,
    close() {
      clearTimeout(timer)
      process.off('uncaughtExceptionMonitor', uncaught)
      for (const off of unsubscribe) off()
      guard?.stop()
      runFile?.remove()
      if (sessionKey !== undefined) noteUsed(usedSessions, [{key: sessionKey, at: Date.now()}])
    },
  }
}

export function vanishedRecord(run: RunState, oom: OomCounter | undefined, reports: string): LifecycleDetails {
  const boot = bootId()
  const rebooted = run.boot === undefined || boot === undefined ? undefined : run.boot !== boot
  const report = findFatalReport(reports, run.pid, run.startedAt)
  // The counter of another cgroup, or after a new start of the system, has another beginning.
  const counted = run.oomKills !== undefined && oom !== undefined && oom.group === run.oomGroup && rebooted !== true
  return {
    type: 'vanished',
    generation: run.gateway.generation,
    pid: run.gateway.pid,
    sessionKey: run.sessionKey,
    run: run.instance,
    runPid: run.pid,
    startedAt: run.startedAt,
    lastSeen: run.lastSeen,
    rebooted,
    rssBytes: run.memory?.rssBytes,
    heapBytes: run.memory?.heapBytes,
    oomKills: counted ? Math.max(0, oom.kills - (run.oomKills ?? 0)) : undefined,
    report: report?.file,
    fatalError: report?.error,
  }
}

/** `hermes uses 950 of the 1000 MB that its heap may have`. */
function memoryText({usedBytes, limitBytes, limit}: MemoryVerdict, {rssBytes}: MemorySample): string {
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024)
  const who = usedBytes > rssBytes ? `hermes (${mb(rssBytes)} MB) and what runs beside it use` : 'hermes uses'
  return `${who} ${mb(usedBytes)} of the ${mb(limitBytes)} MB that ${limit === 'heap' ? 'its heap' : 'this cgroup'} may have`
}
